import { Box } from "@mantine/core";
import type { ReactNode } from "react";

/** What may be wider than the screen moves sideways by itself, by finger and by keyboard. */
export function Wide({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Box role="region" aria-label={name} tabIndex={0} style={{ overflowX: "auto" }}>
      {children}
    </Box>
  );
}
