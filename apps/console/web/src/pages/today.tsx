import { Grid, Progress, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { dayIn } from "../instant.js";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";
import { LogCard, SourcesCard } from "../today/around.js";
import { type TodayAnswer, todayCalls } from "../today/calls.js";
import { Work } from "../today/work.js";

/** What needs a person now: a day's work and no more, and whether everything else is as it should be. */
export function TodayPage() {
  const { t, i18n } = useTranslation();
  const { csrf } = useMe();
  // Looking is recorded: once, and again only when something was done.
  const today = useQuery({ queryKey: ["today"], queryFn: () => todayCalls.today(csrf), staleTime: 300_000 });
  return (
    <Stack>
      <Title order={2}>
        {today.data
          ? t("today.titleOf", { day: dayIn(`${today.data.day}T00:00:00Z`, i18n.language) })
          : t("pages.today")}
      </Title>
      <Refused error={today.error} />
      {today.data && <Day today={today.data} />}
    </Stack>
  );
}

function Day({ today: { day, work, budget, done, waiting, log, watch, seen } }: { readonly today: TodayAnswer }) {
  const { t } = useTranslation();
  const left = Object.values(waiting).reduce((sum, count) => sum + count, 0) - work.length;
  const asked = Math.max(budget, work.length + done);
  return (
    <Grid>
      <Grid.Col span={{ base: 12, md: 7, lg: 8 }}>
        <Stack>
          <Text>{work.length === 0 ? t("today.nothing") : t("today.lead", { count: work.length })}</Text>
          {done > 0 && (
            <>
              <Progress value={(100 * done) / asked} aria-label={t("today.done", { count: done })} />
              <Text size="sm">{t("today.done", { count: done })}</Text>
            </>
          )}
          <Work work={work} day={day} />
          {left > 0 && (
            <Text size="sm" c="dimmed">
              {t("today.left", { count: left })}
            </Text>
          )}
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5, lg: 4 }}>
        <Stack>
          <LogCard log={log} {...(watch && { watch })} />
          {seen && <SourcesCard seen={seen} />}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}
