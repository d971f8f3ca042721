import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ShownRequest } from "./calls.js";

const colours = { received: "blue", identified: "blue", answered: "teal", refused: "gray" } as const;

/** Where it stands; what is late is said in words too. */
export function StateBadge({ request: { state, due } }: { readonly request: ShownRequest }) {
  const { t } = useTranslation();
  const isOpen = state === "received" || state === "identified";
  const isLate = isOpen && due < new Date().toISOString().slice(0, 10);
  return (
    <Badge variant="dot" color={isLate ? "red" : colours[state]}>
      {t(isLate ? "requests.late" : `requests.states.${state}`)}
    </Badge>
  );
}
