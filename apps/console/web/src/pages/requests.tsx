import { Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { dayIn } from "../instant.js";
import { Refused } from "../refused.js";
import { type ShownRequest, requestCalls } from "../requests/calls.js";
import { Receive } from "../requests/receive.js";
import { StateBadge } from "../requests/state.js";
import { useMe, useWords } from "../session.js";
import { Wide } from "../wide.js";

/** Questions of persons and of the authority, what is due first. */
export function RequestsPage() {
  const { t } = useTranslation();
  const { scope } = useMe();
  const answer = useQuery({ queryKey: ["requests"], queryFn: requestCalls.all });
  const all = answer.data?.requests ?? [];
  return (
    <Stack>
      <Title order={2}>{t("requests.title")}</Title>
      <Text>{t("requests.lead")}</Text>
      {scope !== undefined && <Receive />}
      <Refused error={answer.error} />
      {answer.data && (all.length === 0 ? <Text>{t("requests.none")}</Text> : <List all={all} />)}
    </Stack>
  );
}

function List({ all }: { readonly all: readonly ShownRequest[] }) {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const columns = ["number", "question", "house", "received", "due", "state"] as const;
  return (
    <Wide name={t("requests.list")}>
      <Table striped highlightOnHover miw={760} aria-label={t("requests.list")}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name} scope="col">
                {t(`requests.column.${name}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {all.map((request) => (
            <Table.Tr key={request.id}>
              <Table.Td>
                <Anchor component={Link} to={`/requests/${request.id}`}>
                  <bdi>{request.number}</bdi>
                </Anchor>
              </Table.Td>
              <Table.Td>{t(`requests.question.${request.question}`)}</Table.Td>
              <Table.Td>{nameOf(organisations, request.organisation)}</Table.Td>
              <Table.Td>{dayIn(request.received, i18n.language)}</Table.Td>
              <Table.Td>{dayIn(request.due, i18n.language)}</Table.Td>
              <Table.Td>
                <StateBadge request={request} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
