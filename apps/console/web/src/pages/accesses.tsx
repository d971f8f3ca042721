import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Export } from "../accesses/export.js";
import { Facets, shownFacets } from "../accesses/facets.js";
import { type Asked, Filters } from "../accesses/filters.js";
import { AccessTable } from "../accesses/table.js";
import { api, type SearchAnswer, type Hit } from "../api.js";
import { keepOccasion } from "../occasion.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";

const PAGE = 50;
// Drawn when there is something to draw; the first screen does not wait for it.
const Timeline = lazy(() => import("../accesses/timeline.js").then(({ Timeline }) => ({ default: Timeline })));

interface Found {
  readonly asked: Asked;
  readonly first: SearchAnswer;
  readonly hits: readonly Hit[];
  readonly next: number | undefined;
}

/** Who read what about whom, when and why. Each look is asked for by hand: it is recorded, and the authority sees it. */
export function AccessesPage() {
  const { t } = useTranslation();
  const names = useWords();
  const { csrf } = useMe();
  const [found, setFound] = useState<Found>();
  const look = useMutation({
    mutationFn: async (asked: Asked) => {
      keepOccasion(asked.occasion);
      const first = await api.search(csrf, { ...asked, limit: PAGE, facets: [...shownFacets], every: "day" });
      return { asked, first, hits: first.hits, next: first.next };
    },
    onSuccess: setFound,
  });
  const more = useMutation({
    mutationFn: async ({ asked, next, ...before }: Found) => {
      const page = await api.search(csrf, { ...asked, limit: PAGE, ...(next !== undefined && { before: next }) });
      return { ...before, asked, hits: [...before.hits, ...page.hits], next: page.next };
    },
    onSuccess: setFound,
  });
  return (
    <Stack>
      <Title order={2}>{t("accesses.title")}</Title>
      <Text>{t("accesses.lead")}</Text>
      <Filters names={names} busy={look.isPending} onAsk={look.mutate} />
      <Refused error={look.error ?? more.error} />
      {found && (
        <Stack aria-live="polite">
          <Summary found={found} />
          {found.first.counts && (
            <>
              <Suspense fallback={<div style={{ height: 168 }} />}>
                <Timeline moments={found.first.counts.timeline} every="day" />
              </Suspense>
              <Facets
                counts={found.first.counts}
                names={names}
                onNarrow={(terms) => look.mutate({ ...found.asked, terms: { ...found.asked.terms, ...terms } })}
              />
            </>
          )}
          <AccessTable hits={found.hits} names={names} />
          <Export asked={found.asked} />
          {found.next !== undefined && (
            <Group>
              <Button variant="default" loading={more.isPending} onClick={() => more.mutate(found)}>
                {t("accesses.more")}
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Stack>
  );
}

function Summary({ found: { first } }: { readonly found: Found }) {
  const { t } = useTranslation();
  const { counts, status, record } = first;
  return (
    <Stack gap="xs">
      <Text>
        {t(counts?.complete === false ? "accesses.atLeast" : "accesses.count", { count: counts?.total ?? 0 })}
      </Text>
      <Text size="sm" c="dimmed">
        {t("accesses.recorded", { review: record })}
      </Text>
      {status.behind > 0 && <Alert color="yellow">{t("accesses.behind", { count: status.behind })}</Alert>}
    </Stack>
  );
}
