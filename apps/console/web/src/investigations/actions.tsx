import { Alert, Button, Group, NumberInput, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";
import {
  type Investigation,
  type InvestigationAction,
  type InvestigationActionRequest,
  investigationCalls,
} from "./calls.js";

type Brought = InvestigationActionRequest;
const replies = ["task-confirmed", "mistake-admitted", "not-explained", "own-proceedings"] as const;
const outcomes = ["justified", "mistake", "breach"] as const;

/** What the one who looks may do now, each with what it needs. The server decides again. */
export function Actions({ it }: { readonly it: Investigation }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: ({ action, brought }: { action: InvestigationAction; brought: Brought }) =>
      investigationCalls.act(csrf, it.id, action, brought),
    onSuccess: async (after) => {
      queries.setQueryData(["investigation", it.id], after);
      await queries.invalidateQueries({ queryKey: ["investigations"] });
    },
  });
  const run = (action: InvestigationAction) => (brought: Brought) => act.mutate({ action, brought });
  const may = (action: InvestigationAction) => it.actions.includes(action);
  if (it.actions.length === 0) return it.state === "closed" ? null : <Alert>{t("investigations.notYours")}</Alert>;
  return (
    <Stack component="section" aria-label={t("investigations.next")}>
      <Title order={3}>{t("investigations.next")}</Title>
      <Refused error={act.error} />
      {may("ask") && <Ask busy={act.isPending} onAct={run("ask")} />}
      {may("reply") && (
        <Choose
          step="reply"
          values={replies}
          busy={act.isPending}
          onAct={(reply) => run("reply")({ reply: reply as Brought["reply"] })}
        />
      )}
      {may("propose") && (
        <Choose
          step="propose"
          values={outcomes}
          busy={act.isPending}
          onAct={(outcome) => run("propose")({ outcome: outcome as Brought["outcome"] })}
        />
      )}
      {may("confirm") && (
        <Step name="confirm">
          <Group>
            <Button loading={act.isPending} onClick={() => run("confirm")({})}>
              {t("investigations.do.confirm")}
            </Button>
            <Button variant="default" loading={act.isPending} onClick={() => run("return")({})}>
              {t("investigations.do.return")}
            </Button>
          </Group>
        </Step>
      )}
    </Stack>
  );
}

function Step({
  name,
  children,
}: {
  readonly name: "ask" | "reply" | "propose" | "confirm";
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Text>{t(`investigations.explain.${name}`)}</Text>
        {children}
      </Stack>
    </Paper>
  );
}

function Ask({ busy, onAct }: { readonly busy: boolean; readonly onAct: (brought: Brought) => void }) {
  const { t } = useTranslation();
  const [to, setTo] = useState<"dpo" | "superior">("dpo");
  const [days, setDays] = useState<number>(14);
  return (
    <Step name="ask">
      <Group align="end">
        <Select
          label={t("investigations.ask.to")}
          data={(["dpo", "superior"] as const).map((value) => ({ value, label: t(`investigations.to.${value}`) }))}
          value={to}
          allowDeselect={false}
          onChange={(value) => setTo(value as typeof to)}
        />
        <NumberInput
          label={t("investigations.ask.days")}
          value={days}
          min={1}
          max={60}
          allowDecimal={false}
          w={120}
          onChange={(value) => setDays(Number(value))}
        />
        <Button loading={busy} disabled={!(days >= 1 && days <= 60)} onClick={() => onAct({ to, days })}>
          {t("investigations.do.ask")}
        </Button>
      </Group>
    </Step>
  );
}

interface ChooseProps {
  readonly step: "reply" | "propose";
  readonly values: readonly string[];
  readonly busy: boolean;
  readonly onAct: (value: string) => void;
}

function Choose({ step, values, busy, onAct }: ChooseProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState<string | null>(null);
  const words = step === "reply" ? "replies" : "outcomes";
  return (
    <Step name={step}>
      <Group align="end">
        <Select
          label={t(`investigations.${step}`)}
          data={values.map((one) => ({ value: one, label: t(`investigations.${words}.${one}`) }))}
          value={value}
          miw={240}
          onChange={setValue}
        />
        <Button loading={busy} disabled={value === null} onClick={() => value !== null && onAct(value)}>
          {t(`investigations.do.${step}`)}
        </Button>
      </Group>
    </Step>
  );
}
