import { Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { dayIn } from "../instant.js";
import { Begin } from "../investigations/begin.js";
import { type Investigation, investigationCalls } from "../investigations/calls.js";
import { StateBadge } from "../investigations/state.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { Wide } from "../wide.js";

const route = getRouteApi("/signed-in/investigations");

/** What is being looked into, by whom, and until when an answer is due. */
export function InvestigationsPage() {
  const { t } = useTranslation();
  const { scope } = useMe();
  const from = route.useSearch();
  const answer = useQuery({ queryKey: ["investigations"], queryFn: investigationCalls.all });
  const all = answer.data?.investigations ?? [];
  return (
    <Stack>
      <Title order={2}>{t("investigations.title")}</Title>
      <Text>{t("investigations.lead")}</Text>
      {scope !== undefined && <Begin from={{ ...from, of: from.of ?? "" }} />}
      <Refused error={answer.error} />
      {answer.data && (all.length === 0 ? <Text>{t("investigations.none")}</Text> : <List all={all} />)}
    </Stack>
  );
}

function List({ all }: { readonly all: readonly Investigation[] }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const columns = ["case", "why", "who", "house", "due", "state"] as const;
  return (
    <Wide name={t("investigations.list")}>
      <Table striped highlightOnHover miw={760} aria-label={t("investigations.list")}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name} scope="col">
                {t(`investigations.column.${name}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((it) => (
            <Table.Tr key={it.id}>
              <Table.Td>
                <Anchor component={Link} to={`/investigations/${it.id}`}>
                  <bdi>{it.case}</bdi>
                </Anchor>
              </Table.Td>
              <Table.Td>{t(`investigations.reasons.${it.reason}`)}</Table.Td>
              <Table.Td>{nameOf(organisations, it.consumer)}</Table.Td>
              <Table.Td>{nameOf(organisations, it.house)}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                {it.state === "asked" && it.due !== undefined ? dayIn(it.due, i18n.language) : ""}
              </Table.Td>
              <Table.Td>
                <StateBadge it={it} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
