import { Group, Paper, SimpleGrid, Stack, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Facet, Terms, WordsAnswer, Counts } from "../api.js";
import { nameOf } from "./words.js";

/** What a value of a facet narrows the question to. */
const narrowing = {
  consumer: (value) => ({ consumer: value }),
  provider: (value) => ({ provider: value }),
  officer: (value) => ({ officer: value }),
  purpose: (value) => ({ purposes: [value] }),
  coordinate: (value) => ({ coordinates: [value] }),
  kind: (value) => ({ kinds: [value] }),
  outcome: (value) => ({ outcomes: [value] }),
} satisfies Readonly<Record<Facet, (value: string) => object>>;

export const shownFacets: readonly Facet[] = ["consumer", "purpose", "officer", "outcome"];

interface FacetsProps {
  readonly counts: Counts;
  readonly names: WordsAnswer;
  readonly onNarrow: (query: Terms) => void;
}

/** Who, why, how often: a click asks the narrower question. */
export function Facets({ counts, names, onNarrow }: FacetsProps) {
  const { t } = useTranslation();
  const label = (facet: Facet, value: string): string => {
    if (facet === "consumer" || facet === "provider") return nameOf(names.organisations, value);
    if (facet === "purpose") return nameOf(names.purposes, value);
    return facet === "outcome" ? t(`outcomes.${value}.label`) : value;
  };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      {shownFacets.map((facet) => (
        <Paper key={facet} withBorder p="xs">
          <Text size="sm" fw={600} mb={4}>
            {t(`facets.${facet}`)}
          </Text>
          <Stack gap={0}>
            {counts.facets[facet]?.slice(0, 6).map(({ value, count }) => (
              <UnstyledButton key={value} py={2} onClick={() => onNarrow(narrowing[facet](value) as Terms)}>
                <Group justify="space-between" wrap="nowrap" gap="xs">
                  <Text size="sm" truncate>
                    {label(facet, value)}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {count}
                  </Text>
                </Group>
              </UnstyledButton>
            ))}
          </Stack>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
