import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Investigation } from "./calls.js";

const colours = { open: "blue", asked: "yellow", replied: "blue", proposed: "orange", closed: "gray" } as const;

export function StateBadge({ it }: { readonly it: Pick<Investigation, "state" | "isOverdue"> }) {
  const { t } = useTranslation();
  return (
    <Badge variant="dot" color={it.isOverdue ? "red" : colours[it.state]} miw="max-content" style={{ flexShrink: 0 }}>
      {t(it.isOverdue ? "investigations.overdue" : `investigations.states.${it.state}`)}
    </Badge>
  );
}
