import { Alert, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type LogHealth } from "../api.js";
import { Refused } from "../refused.js";

/** Whether the log is what it was: its checkpoint, whether it continues what this console saw before, whose cosignatures are asked for. */
export function IntegrityPage() {
  const { t } = useTranslation();
  const log = useQuery({ queryKey: ["log"], queryFn: api.log, refetchInterval: 10_000 });
  return (
    <Stack maw={820}>
      <Title order={2}>{t("integrity.title")}</Title>
      <Text>{t("integrity.lead")}</Text>
      <Refused error={log.error} />
      {log.data && <Health log={log.data} />}
    </Stack>
  );
}

function Health({ log }: { readonly log: LogHealth }) {
  const { t } = useTranslation();
  const state = log.checkpoint === undefined ? "away" : log.consistent ? "sound" : "forked";
  const facts: [string, string][] = [
    [t("verify.log"), log.origin],
    ...(log.checkpoint
      ? ([
          [t("integrity.size"), String(log.checkpoint.size)],
          [t("integrity.root"), log.checkpoint.root],
        ] as [string, string][])
      : []),
    ...(log.index ? ([[t("integrity.behind"), String(log.index.behind)]] as [string, string][]) : []),
    [t("integrity.quorum"), String(log.witnesses.quorum)],
    ...log.witnesses.vkeys.map((vkey): [string, string] => [t("integrity.witness"), vkey]),
    [t("integrity.key"), log.vkey],
  ];
  return (
    <Stack>
      <Alert
        role="status"
        color={{ sound: "teal", away: "yellow", forked: "red" }[state]}
        title={t(`integrity.${state}`)}
      />
      <Table withRowBorders={false} aria-label={t("integrity.title")}>
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={`${name} ${value}`}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <bdi>{value}</bdi>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
