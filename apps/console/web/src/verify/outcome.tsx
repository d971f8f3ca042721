import { Alert, JsonInput, List, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { instantIn } from "../instant.js";
import { NotVerified, type Reason } from "./not-verified.js";
import type { Verified } from "./verify.js";

export type Outcome = { readonly verified: Verified } | { readonly reason: Reason };

/** A proof that does not hold is an answer, not a fault; every other error stays one. */
export async function outcomeOf(verify: () => Promise<Verified>): Promise<Outcome> {
  try {
    return { verified: await verify() };
  } catch (error) {
    if (error instanceof NotVerified) return { reason: error.reason };
    throw error;
  }
}

/** What was verified and what that proves; or the first reason to doubt. */
export function OutcomeView({ outcome }: { readonly outcome: Outcome }) {
  const { t, i18n } = useTranslation();
  if ("reason" in outcome)
    return (
      <Alert color="red" title={t("verify.doubt")}>
        {t(`verify.reasons.${outcome.reason}`)}
      </Alert>
    );
  const { record, index, size, witnesses, disclosed } = outcome.verified;
  const momentOf = (seconds: number) => instantIn(new Date(seconds * 1000).toISOString(), i18n.language);
  const facts: [string, string][] = [
    [t("verify.log"), record.log],
    [t("verify.place"), t("verify.placeOf", { index, size })],
    [t("verify.issuer"), `${record.iss} (${record.kid})`],
    [t("verify.written"), momentOf(record.iat)],
    ...witnesses.map(({ name, time }): [string, string] => [t("verify.witness"), `${name}, ${momentOf(time)}`]),
  ];
  return (
    <Stack>
      <Alert color="teal" title={t("verify.holds")}>
        {t(witnesses.length > 0 ? "verify.holdsWitnessed" : "verify.holdsAlone")}
      </Alert>
      <Table withRowBorders={false} aria-label={t("verify.facts")}>
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={`${name} ${value}`}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td>
                <bdi>{value}</bdi>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text fw={600}>{t(disclosed.length > 0 ? "verify.says" : "verify.erased")}</Text>
      {disclosed.map((parts) => (
        <JsonInput
          key={String(parts[0])}
          value={JSON.stringify(parts.slice(1), null, 1)}
          readOnly
          autosize
          maxRows={12}
          dir="ltr"
          aria-label={t("verify.says")}
        />
      ))}
      <List size="sm">
        <List.Item>{t("verify.provesNot1")}</List.Item>
        <List.Item>{t("verify.provesNot2")}</List.Item>
      </List>
    </Stack>
  );
}
