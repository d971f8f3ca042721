import { Anchor, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { agreementCalls, type AgreementSummary } from "../agreements/calls.js";
import { StandingBadge } from "../agreements/standing.js";
import { dayIn } from "../instant.js";
import { Refused } from "../refused.js";
import { useWords } from "../session.js";
import { Wide } from "../wide.js";

// The picture comes when it is there; what it says stands in the table.
const Flows = lazy(() => import("../agreements/flows.js").then(({ Flows }) => ({ default: Flows })));

/** Who may ask whom for what, until when: all that is signed. */
export function AgreementsPage() {
  const { t, i18n } = useTranslation();
  const { organisations } = useWords();
  const answer = useQuery({
    queryKey: ["agreements", i18n.language],
    queryFn: () => agreementCalls.all(i18n.language),
  });
  const agreements = answer.data?.agreements ?? [];
  return (
    <Stack>
      <Title order={2}>{t("agreements.title")}</Title>
      <Text>{t("agreements.lead")}</Text>
      <Refused error={answer.error} />
      {answer.data && (
        <>
          <Suspense fallback={<div style={{ height: 420 }} />}>
            <Flows agreements={agreements} organisations={organisations} />
          </Suspense>
          <List agreements={agreements} />
        </>
      )}
    </Stack>
  );
}

function List({ agreements }: { readonly agreements: readonly AgreementSummary[] }) {
  const { t, i18n } = useTranslation();
  const { organisations, purposes } = useWords();
  const columns = ["agreement", "from", "to", "what", "fields", "until", "state"] as const;
  return (
    <Wide name={t("agreements.list")}>
      <Table striped highlightOnHover miw={860} aria-label={t("agreements.list")}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name} scope="col">
                {t(`agreements.column.${name}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agreements.map((it) => (
            <Table.Tr key={it.agreement}>
              <Table.Td>
                <Anchor component={Link} to={`/agreements/${it.agreement}`} dir="ltr">
                  {it.agreement}
                </Anchor>
              </Table.Td>
              <Table.Td>{nameOf(organisations, it.provider)}</Table.Td>
              <Table.Td>{nameOf(organisations, it.consumer)}</Table.Td>
              <Table.Td>{it.purposes.map((purpose) => nameOf(purposes, purpose)).join("; ")}</Table.Td>
              <Table.Td>{it.fields}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{dayIn(it.until, i18n.language)}</Table.Td>
              <Table.Td>
                <StandingBadge standing={it.standing} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
