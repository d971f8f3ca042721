import { Alert, Button, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { hitInWords, nameOf } from "../accesses/words.js";
import { api, type RecordAnswer } from "../api.js";
import { keptOccasion } from "../occasion.js";
import { Instant } from "../instant.js";
import { Refused } from "../refused.js";
import { AskReveal } from "../reveals/ask.js";
import { useMe, useWords } from "../session.js";
import { Emergency } from "../today/emergency.js";
import { Wide } from "../wide.js";
import { ProofOf } from "../verify/proof-of.js";

const route = getRouteApi("/signed-in/accesses/$index");

/** One access in whole sentences, the decision on each field, and its proof, verified by this browser. */
export function AccessPage() {
  const { t, i18n } = useTranslation();
  const { index } = route.useParams();
  const { csrf } = useMe();
  const occasion = keptOccasion();
  const look = useQuery({
    queryKey: ["access", index, i18n.language],
    queryFn: () => api.record(csrf, { occasion: occasion!, index: Number(index), language: i18n.language }),
    enabled: occasion !== undefined,
  });
  return (
    <Stack maw={900}>
      <Title order={2}>{t("access.title", { index })}</Title>
      {occasion === undefined && (
        <Alert title={t("access.noGround")}>
          <Button component={Link} to="/accesses" size="xs" variant="default">
            {t("pages.accesses")}
          </Button>
        </Alert>
      )}
      <Refused error={look.error} />
      {look.data && <Told answer={look.data} />}
    </Stack>
  );
}

function Told({ answer: { hit, evidence, record, decisions, emergency } }: { readonly answer: RecordAnswer }) {
  const { t } = useTranslation();
  const words = useWords();
  const occasion = keptOccasion();
  const sentences = evidence.disclosures === null ? [t("access.erased")] : hitInWords(hit, words, t);
  return (
    <>
      <Text size="sm" c="dimmed">
        <Instant at={hit.at} /> · {t("accesses.recorded", { review: record })}
      </Text>
      <Paper withBorder p="md">
        <Stack gap="xs">
          {sentences.map((sentence) => (
            <Text key={sentence}>{sentence}</Text>
          ))}
          {emergency && <Emergency said={emergency} />}
        </Stack>
      </Paper>
      {decisions.length > 0 && <Decisions decisions={decisions} />}
      {hit.kind === "intent" && (
        <Group>
          <Button component={Link} to={`/investigations?of=${hit.index}`} variant="default">
            {t("investigations.investigate")}
          </Button>
        </Group>
      )}
      {hit.kind === "intent" && occasion && <AskReveal of={hit.index} occasion={occasion} />}
      <ProofOf evidence={evidence} />
    </>
  );
}

function Decisions({ decisions }: Pick<RecordAnswer, "decisions">) {
  const { t } = useTranslation();
  const { organisations } = useWords();
  return (
    <Wide name={t("access.decisions")}>
      <Table withTableBorder miw={560} aria-label={t("access.decisions")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("access.field")}</Table.Th>
            <Table.Th scope="col">{t("access.decision")}</Table.Th>
            <Table.Th scope="col">{t("access.ground")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {decisions.map(
            ({ coordinate, label, decision, provider, agreement, version, basis, provision, code, reason }) => (
              <Table.Tr key={`${coordinate} ${provider ?? ""} ${code ?? ""}`}>
                <Table.Td>
                  {label}
                  <Text size="xs" c="dimmed" dir="ltr">
                    {coordinate}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {t(decision === "permit" ? "access.permitted" : "access.denied")}
                  {provider !== undefined && <Text size="xs">{nameOf(organisations, provider)}</Text>}
                </Table.Td>
                <Table.Td>
                  {decision === "permit" ? (
                    <>
                      {t(`basis.${basis}`, { defaultValue: basis })}
                      {provision !== undefined && `, ${provision}`}
                      <Text size="xs" c="dimmed" dir="ltr">
                        {agreement}, {version}
                      </Text>
                    </>
                  ) : (
                    t(`errors.${code}`, { defaultValue: reason ?? code })
                  )}
                </Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
