import { Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { dayIn } from "../instant.js";
import { Refused } from "../refused.js";
import { type ShownRequest, requestCalls } from "../requests/calls.js";
import { Moves } from "../requests/moves.js";
import { StateBadge } from "../requests/state.js";
import { useWords } from "../session.js";
import { Steps } from "../steps.js";

const route = getRouteApi("/signed-in/requests/$id");

/** One question: how it came, until when it is answered, what is done, and the letter. */
export function RequestPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const answer = useQuery({ queryKey: ["requests"], queryFn: requestCalls.all });
  const request = answer.data?.requests.find((one) => one.id === id);
  return (
    <Stack maw={820} gap="lg">
      <Refused error={answer.error} />
      {request && (
        <>
          <Group justify="space-between">
            <Title order={2}>{t("requests.one", { number: request.number })}</Title>
            <StateBadge request={request} />
          </Group>
          <About request={request} />
          <Moves request={request} />
          <Steps
            title={t("requests.steps")}
            steps={request.steps.map((step) => ({ ...step, title: t(`requests.step.${step.step}`), by: step.by }))}
          />
        </>
      )}
    </Stack>
  );
}

function About({ request }: { readonly request: ShownRequest }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const { question, asker, channel, received, due, period, extension, identity, parts, namesPerson } = request;
  const day = (at: string) => dayIn(at, i18n.language);
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Text>
          {t(`requests.question.${question}`)} · {t(`requests.asker.${asker}`)} · {t(`requests.channel.${channel}`)}
        </Text>
        <Text>
          {t("requests.about", { received: day(received), from: day(period.from), until: day(period.until) })}
        </Text>
        <Text fw={600}>{t("requests.dueBy", { day: day(due) })}</Text>
        {extension && <Text>{t("requests.extendedFor", { reason: t(`requests.codes.${extension.reason}`) })}</Text>}
        {identity && <Text>{t("requests.identifiedBy", { how: t(`requests.codes.${identity}`) })}</Text>}
        {request.outcome !== undefined && (
          <Text>{t("requests.outcome", { outcome: t(`requests.codes.${request.outcome}`) })}</Text>
        )}
        {parts.length > 0 && (
          <List aria-label={t("requests.parts")}>
            {parts.map(({ organisation, state, accesses }) => (
              <List.Item key={organisation}>
                {nameOf(organisations, organisation)}: {t(`requests.part.${state}`, { count: accesses ?? 0 })}
              </List.Item>
            ))}
          </List>
        )}
        <Text size="sm" c="dimmed">
          {t(namesPerson ? "requests.sealed" : "requests.forgotten")}
        </Text>
      </Stack>
    </Paper>
  );
}
