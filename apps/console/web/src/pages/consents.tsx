import { Alert, Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { consentCalls, type ConsentsAnswer } from "../consents/calls.js";
import { instantsOf, PeriodForm, usePeriod } from "../period.js";
import { supervisionFor } from "../reason.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { Wide } from "../wide.js";

const DAYS = 365;

/** How people agreed and took it back, in figures; and whether anybody was read after they had. Nobody is in it. */
export function ConsentsPage() {
  const { t } = useTranslation();
  const { csrf, scope } = useMe();
  const [period, setPeriod] = usePeriod(DAYS);
  const count = useMutation({
    mutationFn: () => consentCalls.count(csrf, { occasion: supervisionFor(period.caseId), ...instantsOf(period) }),
  });
  return (
    <Stack>
      <Title order={2}>{t("consents.title")}</Title>
      <Text>{t("consents.lead")}</Text>
      {scope !== undefined && (
        <PeriodForm
          period={period}
          onChange={setPeriod}
          label={t("consents.count")}
          isBusy={count.isPending}
          onSubmit={() => count.mutate()}
        />
      )}
      <Refused error={count.error} />
      {count.data && <Counted answer={count.data} />}
    </Stack>
  );
}

function Counted({ answer }: { readonly answer: ConsentsAnswer }) {
  const { t } = useTranslation();
  return (
    <Stack aria-live="polite">
      <Text>{t("consents.running", { count: answer.running })}</Text>
      <Text size="sm" c="dimmed">
        {t("accesses.recorded", { review: answer.record })}
      </Text>
      <AfterEnd after={answer.afterEnd} />
      {answer.rows.length === 0 ? <Text>{t("consents.none")}</Text> : <Months rows={answer.rows} />}
    </Stack>
  );
}

/** The figure that must be 0. */
function AfterEnd({ after }: { readonly after: ConsentsAnswer["afterEnd"] }) {
  const { t } = useTranslation();
  const { organisations, purposes } = useWords();
  if (!after) return <Alert color="yellow">{t("consents.after.unknown")}</Alert>;
  const { rows } = after;
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
  const released = sum((row) => row.released);
  const mixed = sum((row) => row.mixed);
  return (
    <Alert
      color={released > 0 ? "red" : "teal"}
      title={t(released > 0 ? "consents.after.released" : "consents.after.nothing", { count: released })}
    >
      <Text size="sm">
        {t("consents.after.compared", { count: after.compared })}{" "}
        {t("consents.after.asked", { count: sum((row) => row.asked) })}{" "}
        {mixed > 0 && t("consents.after.mixed", { count: mixed })} {!after.complete && t("consents.after.newest")}
      </Text>
      {rows
        .filter((row) => row.released > 0)
        .map((row) => (
          <Text key={`${row.provider} ${row.recipient} ${row.purpose}`} size="sm">
            {t("consents.after.where", {
              provider: nameOf(organisations, row.provider),
              recipient: nameOf(organisations, row.recipient),
              purpose: nameOf(purposes, row.purpose),
              count: row.released,
            })}
          </Text>
        ))}
    </Alert>
  );
}

function Months({ rows }: Pick<ConsentsAnswer, "rows">) {
  const { t } = useTranslation();
  const { organisations, purposes } = useWords();
  const figures = ["given", "changed", "withdrawn", "expired", "voided"] as const;
  const columns = ["month", "recipient", "provider", "purpose", "agreement", ...figures] as const;
  return (
    <Wide name={t("consents.list")}>
      <Table striped miw={1000} aria-label={t("consents.list")}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name} scope="col">
                {t(`consents.column.${name}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.month} ${row.recipient} ${row.provider} ${row.purpose}`}>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{row.month}</Table.Td>
              <Table.Td>{nameOf(organisations, row.recipient)}</Table.Td>
              <Table.Td>{nameOf(organisations, row.provider)}</Table.Td>
              <Table.Td>{nameOf(purposes, row.purpose)}</Table.Td>
              <Table.Td>
                {row.agreement === undefined ? (
                  t("consents.noAgreement")
                ) : (
                  <Anchor component={Link} to={`/agreements/${row.agreement}`} dir="ltr">
                    {row.agreement}
                  </Anchor>
                )}
              </Table.Td>
              {figures.map((name) => (
                <Table.Td key={name}>{row[name]}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
