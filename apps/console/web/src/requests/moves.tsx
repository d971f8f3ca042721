import { Alert, Button, Group, MultiSelect, Paper, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { saveBytes } from "../save.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { requestCalls, type RequestMove, type ShownRequest } from "./calls.js";

const identities = ["card-seen", "signed-in", "known-to-office", "called-back", "mandate-seen", "not-needed"];
const refusals = ["identity-not-shown", "manifestly-unfounded", "excessive", "not-concerned"];
const answers = ["letter", "granted", "passed-on"];
const extensions = ["complexity", "number-of-requests"];
const declines = ["not-concerned", "law-forbids"];

/** What the one who looks may do now. The server decides again. */
export function Moves({ request }: { readonly request: ShownRequest }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: ["requests"] });
  const take = useMutation({
    mutationFn: (move: RequestMove) => requestCalls.take(csrf, request.id, move),
    onSuccess: again,
  });
  const may = (step: RequestMove["step"] | "written") => request.moves.includes(step);
  const choose = (step: RequestMove["step"], values: readonly string[], moveOf: (value: string) => object) =>
    may(step) && (
      <Choose
        step={step}
        values={values}
        busy={take.isPending}
        onTake={(value) => take.mutate({ step, ...moveOf(value) } as RequestMove)}
      />
    );
  if (request.moves.length === 0) return null;
  return (
    <Stack component="section" aria-label={t("requests.next")}>
      <Title order={3}>{t("requests.next")}</Title>
      <Refused error={take.error} />
      {choose("identified", identities, (identity) => ({ identity }))}
      {may("forwarded") && (
        <Forward request={request} busy={take.isPending} onTake={(to) => take.mutate({ step: "forwarded", to })} />
      )}
      {may("contributed") && (
        <Step name="contributed">
          <Button loading={take.isPending} onClick={() => take.mutate({ step: "contributed" })}>
            {t("requests.do.contributed")}
          </Button>
        </Step>
      )}
      {choose("declined", declines, (reason) => ({ reason }))}
      {may("written") && <Write request={request} onWritten={again} />}
      {choose(
        "answered",
        answers.filter((answer) => answer !== "letter" || request.letter !== undefined),
        (answer) => ({ answer }),
      )}
      {choose("extended", extensions, (reason) => ({ months: 2, reason }))}
      {choose("refused", refusals, (reason) => ({ reason }))}
    </Stack>
  );
}

function Step({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Text>{t(`requests.explain.${name}`)}</Text>
        {children}
      </Stack>
    </Paper>
  );
}

interface ChooseProps {
  readonly step: RequestMove["step"];
  readonly values: readonly string[];
  readonly busy: boolean;
  readonly onTake: (value: string) => void;
}

function Choose({ step, values, busy, onTake }: ChooseProps) {
  const { t } = useTranslation();
  const [value, setValue] = useState<string | null>(null);
  return (
    <Step name={step}>
      <Group align="end">
        <Select
          label={t(`requests.ask.${step}`)}
          data={values.map((one) => ({ value: one, label: t(`requests.codes.${one}`) }))}
          value={value}
          miw={260}
          onChange={setValue}
        />
        <Button
          variant="default"
          loading={busy}
          disabled={value === null}
          onClick={() => value !== null && onTake(value)}
        >
          {t(`requests.do.${step}`)}
        </Button>
      </Group>
    </Step>
  );
}

interface ForwardProps {
  readonly request: ShownRequest;
  readonly busy: boolean;
  readonly onTake: (to: string[]) => void;
}

function Forward({ request, busy, onTake }: ForwardProps) {
  const { t } = useTranslation();
  const { organisations } = useWords();
  const [to, setTo] = useState<string[]>([]);
  const asked = new Set([request.organisation, ...request.parts.map(({ organisation }) => organisation)]);
  const others = Object.entries(organisations).filter(([org]) => !asked.has(org));
  return (
    <Step name="forwarded">
      <Group align="end">
        <MultiSelect
          label={t("requests.ask.forwarded")}
          data={others.map(([value, label]) => ({ value, label }))}
          value={to}
          miw={260}
          flex={1}
          searchable
          onChange={setTo}
        />
        <Button variant="default" loading={busy} disabled={to.length === 0} onClick={() => onTake(to)}>
          {t("requests.do.forwarded")}
        </Button>
      </Group>
    </Step>
  );
}

/** Both halves are saved at once: they are kept nowhere else. */
function Write({ request, onWritten }: { readonly request: ShownRequest; readonly onWritten: () => Promise<void> }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const write = useMutation({
    mutationFn: () => requestCalls.write(csrf, request.id),
    onSuccess: async (written) => {
      const name = `letter-${request.number.replaceAll(/[^A-Za-z0-9-]/g, "-")}`;
      saveBytes(`${name}.json`, "application/json", written.letter);
      saveBytes(
        `${name}.pdf`,
        "application/pdf",
        Uint8Array.from(atob(written.pdf), (char) => char.charCodeAt(0)),
      );
      await onWritten();
    },
  });
  return (
    <Step name="written">
      {request.letter && (
        <Alert role="status" color="teal">
          {t("requests.written", { count: request.letter.accesses })}
          {request.letter.withheld > 0 && ` ${t("requests.withheld", { count: request.letter.withheld })}`}
        </Alert>
      )}
      <Group>
        <Button loading={write.isPending} onClick={() => write.mutate()}>
          {t("requests.do.written")}
        </Button>
      </Group>
      <Refused error={write.error} />
    </Step>
  );
}
