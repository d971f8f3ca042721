import { Alert, Badge, Button, Group, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { dayIn } from "../instant.js";
import { Refused } from "../refused.js";
import { type Reveal, type RevealAction, type RevealActionRequest, revealCalls } from "../reveals/calls.js";
import { useMe, useWords } from "../session.js";

const outcomes = ["justified", "mistake", "breach"] as const;

/** Who an officer is: asked of their own house, decided there by two people, shown to one of them. */
export function RevealsPage() {
  const { t } = useTranslation();
  const answer = useQuery({ queryKey: ["reveals"], queryFn: revealCalls.all });
  const all = answer.data?.reveals ?? [];
  return (
    <Stack maw={820}>
      <Title order={2}>{t("reveals.title")}</Title>
      <Text>{t("reveals.lead")}</Text>
      <Refused error={answer.error} />
      {answer.data && all.length === 0 && <Text>{t("reveals.none")}</Text>}
      {all.map((reveal) => (
        <One key={reveal.id} reveal={reveal} />
      ))}
    </Stack>
  );
}

function One({ reveal }: { readonly reveal: Reveal }) {
  const { t, i18n } = useTranslation();
  const { csrf } = useMe();
  const { organisations } = useWords();
  const queries = useQueryClient();
  const [number, setNumber] = useState<string | null>();
  const act = useMutation({
    mutationFn: ({ action, brought }: { action: RevealAction; brought: RevealActionRequest }) =>
      revealCalls.act(csrf, reveal.id, action, brought),
    onSuccess: async ({ staffNumber }, { action }) => {
      if (action === "show") setNumber(staffNumber ?? null);
      await queries.invalidateQueries({ queryKey: ["reveals"] });
    },
  });
  const { asker, consumer, officer, of, reason, case: caseId, state, due, outcome, actions } = reveal;
  const simple = actions.filter((action) => action !== "answer");
  return (
    <Paper withBorder p="md" component="section" aria-label={t("reveals.one", { of })}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={3}>{t("reveals.one", { of })}</Title>
          <Badge variant="dot">{t(`reveals.states.${state}`)}</Badge>
        </Group>
        <Text>
          {t("reveals.says", {
            asker: nameOf(organisations, asker),
            consumer: nameOf(organisations, consumer),
            reason: t(`reveals.reasons.${reason}`),
          })}
        </Text>
        <Text size="sm" c="dimmed">
          <bdi>{caseId}</bdi> · <bdi>{officer}</bdi> · {t("reveals.due", { day: dayIn(due, i18n.language) })}
        </Text>
        {outcome && <Text fw={600}>{t(`reveals.outcomes.${outcome}`)}</Text>}
        {number !== undefined && (
          <Alert role="status" title={number === null ? t("reveals.unknown") : t("reveals.number", { number })}>
            {t("reveals.onlyYou")}
          </Alert>
        )}
        <Group align="end">
          {simple.map((action) => (
            <Button
              key={action}
              variant={action === "decline" ? "default" : "filled"}
              loading={act.isPending}
              onClick={() => act.mutate({ action, brought: {} })}
            >
              {t(`reveals.do.${action}`)}
            </Button>
          ))}
          {actions.includes("answer") && (
            <Answer
              busy={act.isPending}
              onAnswer={(it) => act.mutate({ action: "answer", brought: { outcome: it } })}
            />
          )}
        </Group>
        <Refused error={act.error} />
      </Stack>
    </Paper>
  );
}

type Outcome = (typeof outcomes)[number];

function Answer({ busy, onAnswer }: { readonly busy: boolean; readonly onAnswer: (outcome: Outcome) => void }) {
  const { t } = useTranslation();
  const [value, setValue] = useState<string | null>(null);
  return (
    <>
      <Select
        label={t("reveals.explained")}
        data={outcomes.map((one) => ({ value: one, label: t(`reveals.outcomes.${one}`) }))}
        value={value}
        miw={240}
        onChange={setValue}
      />
      <Button loading={busy} disabled={value === null} onClick={() => value !== null && onAnswer(value as Outcome)}>
        {t("reveals.do.answer")}
      </Button>
    </>
  );
}
