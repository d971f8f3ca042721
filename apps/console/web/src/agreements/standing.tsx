import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Standing } from "./calls.js";

const colours: Readonly<Record<Standing, string>> = {
  active: "teal",
  soon: "yellow",
  over: "gray",
  later: "blue",
  suspended: "red",
  terminated: "gray",
};

export function StandingBadge({ standing }: { readonly standing: Standing }) {
  const { t } = useTranslation();
  return (
    <Badge variant="dot" color={colours[standing]} miw="max-content" style={{ flexShrink: 0 }}>
      {t(`agreements.standing.${standing}`)}
    </Badge>
  );
}
