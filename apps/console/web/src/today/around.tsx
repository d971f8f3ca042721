import { Anchor, Badge, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { Instant } from "../instant.js";
import { useWords } from "../session.js";
import { Wide } from "../wide.js";
import type { TodayAnswer } from "./calls.js";
import { Offices } from "./offices.js";

function Card({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={name}>
      <Stack gap="xs">
        <Title order={3} size="h5">
          {name}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}

/** Whether the log is what it was, and when a witness last said so. */
export function LogCard({ log, watch }: Pick<TodayAnswer, "log" | "watch">) {
  const { t, i18n } = useTranslation();
  const state = log.checkpoint === undefined ? "away" : log.consistent ? "sound" : "forked";
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <Card name={t("integrity.title")}>
      <Badge variant="dot" color={{ sound: "teal", away: "yellow", forked: "red" }[state]}>
        {t(`today.log.${state}`)}
      </Badge>
      {log.checkpoint && <Text size="sm">{t("today.log.size", { size: number.format(log.checkpoint.size) })}</Text>}
      {log.checkpoint && (
        <Text size="sm">
          {log.witnessed ? (
            <>
              {t("today.log.witnessed", { size: number.format(log.witnessed.size) })} <Instant at={log.witnessed.at} />
            </>
          ) : (
            t("today.log.unwitnessed")
          )}
        </Text>
      )}
      {log.index !== undefined && log.index.behind > 0 && (
        <Text size="sm">{t("accesses.behind", { count: log.index.behind })}</Text>
      )}
      {watch !== undefined && watch.behind > 0 && (
        <Text size="sm">{t("today.watchBehind", { count: watch.behind })}</Text>
      )}
      <Anchor component={Link} to="/integrity" size="sm">
        {t("today.log.more")}
      </Anchor>
    </Card>
  );
}

/** Who did not answer, and of how many persons nothing could be said: those without an answer are counted, or nobody sees them. */
export function SourcesCard({ seen }: { readonly seen: NonNullable<TodayAnswer["seen"]> }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <Card name={t("today.sources.title")}>
      <Text size="sm">
        {t(seen.complete ? "today.sources.accesses" : "today.sources.atLeast", { count: seen.accesses })}{" "}
        {seen.told < seen.accesses && t("today.sources.newest", { number: number.format(seen.told) })}
      </Text>
      {seen.sources.length > 0 && (
        <Wide name={t("today.sources.title")}>
          <Table miw={300} aria-label={t("today.sources.title")} verticalSpacing={4} fz="sm">
            <Table.Thead>
              <Table.Tr>
                {(["provider", "persons", "nothing"] as const).map((name) => (
                  <Table.Th key={name} scope="col">
                    {t(`today.sources.${name}`)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {seen.sources.map(({ provider, persons, withheld, silent, isSilent }) => (
                <Table.Tr key={provider}>
                  <Table.Td>
                    {nameOf(organisations, provider)}
                    {silent > 0 && (
                      <Group gap={4}>
                        <Badge size="sm" variant="dot" color={isSilent ? "red" : "yellow"}>
                          {t(isSilent ? "today.sources.silent" : "today.sources.wasSilent", { count: silent })}
                        </Badge>
                      </Group>
                    )}
                  </Table.Td>
                  <Table.Td>{number.format(persons)}</Table.Td>
                  <Table.Td>{number.format(withheld)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      <Text size="xs" c="dimmed">
        {t("today.sources.why")}
      </Text>
      {seen.sources.some(({ withheld }) => withheld > 0) && <Offices />}
      <Text size="xs" c="dimmed">
        {t("accesses.recorded", { review: seen.record })}
      </Text>
    </Card>
  );
}
