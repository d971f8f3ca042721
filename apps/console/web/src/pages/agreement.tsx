import { Group, List, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { type AgreementAnswer, agreementCalls } from "../agreements/calls.js";
import { StandingBadge } from "../agreements/standing.js";
import { Stop } from "../agreements/stop.js";
import { Use } from "../agreements/use.js";
import { dayIn, instantIn } from "../instant.js";
import { Refused } from "../refused.js";
import { useWords } from "../session.js";

const route = getRouteApi("/signed-in/agreements/$id");

/** The page that a lawyer signs: who gives what to whom, why, on what ground, for how long, and by whose keys it is signed. */
export function AgreementPage() {
  const { t, i18n } = useTranslation();
  const { id } = route.useParams();
  const answer = useQuery({
    queryKey: ["agreement", id, i18n.language],
    queryFn: () => agreementCalls.terms(id, i18n.language),
  });
  return (
    <Stack maw={900} gap="lg">
      <Refused error={answer.error} />
      {answer.data && (
        <>
          <Group justify="space-between">
            <Title order={2} dir="ltr">
              {id}
            </Title>
            <StandingBadge standing={answer.data.standing} />
          </Group>
          <Text size="lg">{answer.data.summary}</Text>
          <Stop terms={answer.data} />
          <Sides terms={answer.data} />
          <Stack component="section" aria-label={t("agreements.grants")}>
            <Title order={3}>{t("agreements.grants")}</Title>
            {answer.data.grants.map((grant) => (
              <Grant key={grant.purpose} grant={grant} />
            ))}
          </Stack>
          <Signed terms={answer.data} />
          <Use agreement={id} />
        </>
      )}
    </Stack>
  );
}

const units = { Y: "year", M: "month", W: "week", D: "day" } as const;

/** `P30D` as "30 days"; what is not made of days, weeks, months and years stays as it is. */
function durationIn(duration: string, language: string): string {
  if (!/^P(\d+[YMWD])+$/.test(duration)) return duration;
  const parts = [...duration.matchAll(/(\d+)([YMWD])/g)].map(([, number, unit]) =>
    new Intl.NumberFormat(language, {
      style: "unit",
      unit: units[unit as keyof typeof units],
      unitDisplay: "long",
    }).format(Number(number)),
  );
  return new Intl.ListFormat(language).format(parts);
}

function Facts({ name, facts }: { readonly name: string; readonly facts: readonly (readonly [string, string])[] }) {
  return (
    <Table withRowBorders={false} aria-label={name} layout="fixed">
      <Table.Tbody>
        {facts.map(([fact, value]) => (
          <Table.Tr key={fact}>
            <Table.Th scope="row" w="34%" style={{ verticalAlign: "top" }}>
              {fact}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <bdi>{value}</bdi>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Sides({ terms }: { readonly terms: AgreementAnswer }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const { limits, duties, operations } = terms;
  const [from, until] = [dayIn(terms.from, i18n.language), dayIn(terms.until, i18n.language)];
  const dayLimit = (count: number): [string, string] => [
    t("agreements.officerDay"),
    t("agreements.persons", { count }),
  ];
  const facts: [string, string][] = [
    [t("agreements.column.from"), nameOf(organisations, terms.provider)],
    [t("agreements.column.to"), nameOf(organisations, terms.consumer)],
    [t("agreements.inForce"), t("agreements.period", { from, until })],
    [t("agreements.version"), String(terms.version)],
    [t("agreements.limits"), t("agreements.persons", { count: limits.personsPerRequest })],
    ...(limits.personsPerOfficerDay === undefined ? [] : [dayLimit(limits.personsPerOfficerDay)]),
    [t("agreements.retention"), durationIn(duties.retention, i18n.language)],
    [t("agreements.onward"), t(`agreements.onwards.${duties.onward}`)],
    [t("agreements.operations"), t(`agreements.modes.${operations.mode}`)],
    ...operations.registered.map(({ name, suspended }): [string, string] => [
      t("agreements.operation"),
      suspended ? t("agreements.suspendedOperation", { name }) : name,
    ]),
  ];
  return <Facts name={t("agreements.sides")} facts={facts} />;
}

function Grant({ grant }: { readonly grant: AgreementAnswer["grants"][number] }) {
  const { t } = useTranslation();
  const { purposes } = useWords();
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Text fw={600}>{nameOf(purposes, grant.purpose)}</Text>
        <Text>
          {t("agreements.ground", {
            basis: t(`basis.${grant.basis.toUpperCase().replaceAll("-", "_")}`, { defaultValue: grant.basis }),
            provision: grant.provision,
          })}{" "}
          {t(`agreements.subjects.${grant.subjects}`)}
        </Text>
        <List size="sm">
          {grant.fields.map(({ coordinate, label }) => (
            <List.Item key={coordinate}>
              {label}{" "}
              <Text span size="xs" c="dimmed" dir="ltr">
                {coordinate}
              </Text>
            </List.Item>
          ))}
        </List>
        {grant.filters.length > 0 && (
          <Text size="sm">
            {t("agreements.filters")} <bdi>{grant.filters.join(", ")}</bdi>
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

/** When it was signed is the signer's own word; what a signature counts by is said beside it. */
function Signed({ terms }: { readonly terms: AgreementAnswer }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const facts = terms.signatures.map(({ organisation, key, signedAt, keyFrom, keyUntil }): [string, string] => [
    nameOf(organisations, organisation),
    [
      ...(signedAt === undefined ? [] : [t("agreements.signedAt", { at: instantIn(signedAt, i18n.language) })]),
      keyFrom === undefined || keyUntil === undefined
        ? t("agreements.signedWith", { key })
        : t("agreements.signedWithKey", {
            key,
            from: dayIn(keyFrom, i18n.language),
            until: dayIn(keyUntil, i18n.language),
          }),
    ].join(t("agreements.signedJoin")),
  ]);
  return (
    <Stack component="section" aria-label={t("agreements.signed")} gap="xs">
      <Title order={3}>{t("agreements.signed")}</Title>
      <Text>{t("agreements.signedHint", { day: dayIn(terms.from, i18n.language) })}</Text>
      <Facts
        name={t("agreements.signed")}
        facts={[...facts, [t("agreements.digest"), terms.digest], [t("agreements.meaning"), terms.meaning]]}
      />
    </Stack>
  );
}
