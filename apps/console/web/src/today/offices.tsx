import { Button, Stack, Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { Wide } from "../wide.js";
import { type OfficesAnswer, todayCalls } from "./calls.js";

/** Where those are who were left without an answer: asked when somebody wants to know, as each house asked is a record. */
export function Offices() {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const look = useMutation({ mutationFn: () => todayCalls.offices(csrf) });
  if (look.data) return <OfficesTable answer={look.data} />;
  return (
    <Stack gap={4} align="flex-start">
      <Button size="xs" variant="default" loading={look.isPending} onClick={() => look.mutate()}>
        {t("today.offices.look")}
      </Button>
      <Refused error={look.error} />
    </Stack>
  );
}

function OfficesTable({ answer: { rows } }: { readonly answer: OfficesAnswer }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const number = new Intl.NumberFormat(i18n.language);
  if (rows.length === 0) return <Text size="sm">{t("today.offices.nobody")}</Text>;
  // Whose cases they are goes without saying where a house sees its own.
  const isShared = new Set(rows.map(({ house }) => house)).size > 1;
  const columns = (["provider", "house", "office", "cases"] as const).filter((name) => name !== "house" || isShared);
  const lines = rows.flatMap(({ provider, house, cases, told }) => {
    const of = { provider, house };
    if (!told) return [{ ...of, office: t("today.offices.silent"), cases }];
    const rest = [
      { ...of, office: t("today.offices.few"), cases: told.few },
      { ...of, office: t("today.offices.unknown"), cases: told.unknown },
    ];
    return [...told.offices.map((one) => ({ ...of, ...one })), ...rest.filter((line) => line.cases > 0)];
  });
  return (
    <Stack gap={4}>
      <Wide name={t("today.offices.title")}>
        <Table miw={300} aria-label={t("today.offices.title")} verticalSpacing={4} fz="sm">
          <Table.Thead>
            <Table.Tr>
              {columns.map((name) => (
                <Table.Th key={name} scope="col">
                  {t(`today.offices.${name}`)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map(({ provider, house, office, cases }) => (
              <Table.Tr key={`${provider} ${house} ${office}`}>
                <Table.Td>{nameOf(organisations, provider)}</Table.Td>
                {isShared && <Table.Td>{nameOf(organisations, house)}</Table.Td>}
                <Table.Td>
                  <bdi>{office}</bdi>
                </Table.Td>
                <Table.Td>{number.format(cases)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
      <Text size="xs" c="dimmed">
        {t("today.offices.why")}
      </Text>
    </Stack>
  );
}
