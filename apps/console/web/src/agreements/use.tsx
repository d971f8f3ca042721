import { Alert, Badge, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { instantsOf, PeriodForm, usePeriod } from "../period.js";
import { supervisionFor } from "../reason.js";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";
import { Wide } from "../wide.js";
import { agreementCalls, type AgreementUseAnswer } from "./calls.js";

const DAYS = 90;

/** What of the grant was asked for. Counting is a look at the log: it is asked for by hand, and recorded. */
export function Use({ agreement }: { readonly agreement: string }) {
  const { t, i18n } = useTranslation();
  const { csrf, scope } = useMe();
  const [period, setPeriod] = usePeriod(DAYS);
  const count = useMutation({
    mutationFn: () =>
      agreementCalls.use(agreement, i18n.language, csrf, {
        occasion: supervisionFor(period.caseId),
        ...instantsOf(period),
      }),
  });
  if (scope === undefined) return null;
  return (
    <Stack component="section" aria-label={t("agreements.use.title")}>
      <Title order={3}>{t("agreements.use.title")}</Title>
      <Text>{t(`agreements.use.lead.${scope}`)}</Text>
      <PeriodForm
        period={period}
        onChange={setPeriod}
        label={t("agreements.use.count")}
        isBusy={count.isPending}
        onSubmit={() => count.mutate()}
      />
      <Refused error={count.error} />
      {count.data && <Counted use={count.data} />}
    </Stack>
  );
}

function Counted({ use: { accesses, complete, record, fields } }: { readonly use: AgreementUseAnswer }) {
  const { t } = useTranslation();
  const unused = fields.filter((field) => field.accesses === 0).length;
  const isKnown = complete && unused > 0;
  return (
    <Stack aria-live="polite">
      <Text>
        {t("agreements.use.found", { count: accesses })} {isKnown && t("agreements.use.unused", { count: unused })}
      </Text>
      {!complete && <Alert color="yellow">{t("agreements.use.incomplete")}</Alert>}
      <Text size="sm" c="dimmed">
        {t("accesses.recorded", { review: record })}
      </Text>
      <Wide name={t("agreements.use.title")}>
        <Table striped miw={420} aria-label={t("agreements.use.title")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t("access.field")}</Table.Th>
              <Table.Th scope="col">{t("agreements.use.times")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((field) => (
              <Table.Tr key={field.coordinate}>
                <Table.Td>
                  {field.label}
                  <Text size="xs" c="dimmed" dir="ltr">
                    {field.coordinate}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {field.accesses > 0 || !complete ? (
                    field.accesses
                  ) : (
                    <Badge color="yellow" variant="light" autoContrast>
                      {t("agreements.use.never")}
                    </Badge>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Stack>
  );
}
