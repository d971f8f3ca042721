import { Alert, Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { dayIn } from "../instant.js";
import { Actions } from "../investigations/actions.js";
import { type Investigation, investigationCalls } from "../investigations/calls.js";
import { StateBadge } from "../investigations/state.js";
import { keepOccasion } from "../occasion.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { Steps } from "../steps.js";

const route = getRouteApi("/signed-in/investigations/$id");

/** One investigation: what it is about, what was asked and answered, and what it was. */
export function InvestigationPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const answer = useQuery({ queryKey: ["investigation", id], queryFn: () => investigationCalls.one(id) });
  return (
    <Stack maw={820} gap="lg">
      <Refused error={answer.error} />
      {answer.data && (
        <>
          <Group justify="space-between">
            <Title order={2}>{t("investigations.one", { case: answer.data.case })}</Title>
            <StateBadge it={answer.data} />
          </Group>
          {answer.data.state === "closed" && answer.data.outcome && (
            <Alert role="status" title={t(`investigations.outcomes.${answer.data.outcome}`)}>
              {t("investigations.confirmed")}
            </Alert>
          )}
          <About it={answer.data} />
          <Actions it={answer.data} />
          <Steps
            title={t("investigations.steps")}
            steps={answer.data.steps.map(({ step, house, at, by, record }) => ({
              title: t(`investigations.step.${step}`),
              organisation: house,
              at,
              by,
              record,
            }))}
          />
        </>
      )}
    </Stack>
  );
}

function About({ it }: { readonly it: Investigation }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const { scope } = useMe();
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Text>
          {t("investigations.about", {
            house: nameOf(organisations, it.house),
            consumer: nameOf(organisations, it.consumer),
            reason: t(`investigations.reasons.${it.reason}`),
          })}
        </Text>
        <Group gap="xs">
          <Text>{t("investigations.evidence")}</Text>
          {it.of.map((index) =>
            scope === undefined ? (
              <Text key={index}>{index}</Text>
            ) : (
              <Anchor
                key={index}
                component={Link}
                to={`/accesses/${index}`}
                onClick={() => keepOccasion({ purpose: "audit", case: it.case })}
              >
                {index}
              </Anchor>
            ),
          )}
        </Group>
        {it.to && it.due !== undefined && (
          <Text>
            {t(`investigations.asked.${it.to}`, {
              house: nameOf(organisations, it.consumer),
              day: dayIn(it.due, i18n.language),
            })}
          </Text>
        )}
        {it.reply && <Text>{t("investigations.replied", { reply: t(`investigations.replies.${it.reply}`) })}</Text>}
        {it.outcome && it.state === "proposed" && (
          <Text>{t("investigations.proposed", { outcome: t(`investigations.outcomes.${it.outcome}`) })}</Text>
        )}
        <Text size="sm" c="dimmed">
          {t("investigations.noName")}
        </Text>
      </Stack>
    </Paper>
  );
}
