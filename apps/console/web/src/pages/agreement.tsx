import { Group, List, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type AgreementAnswer, agreementCalls } from "../agreements/calls.js";
import { StandingBadge } from "../agreements/standing.js";
import { Stop } from "../agreements/stop.js";
import { Use } from "../agreements/use.js";
import { Refused } from "../refused.js";

type Page = AgreementAnswer["page"];

const route = getRouteApi("/signed-in/agreements/$id");

/** The page that a lawyer signs: who gives what to whom, why, on what ground, for how long, and by whose keys it is signed. */
export function AgreementPage() {
  const { i18n } = useTranslation();
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
          <Facts name={answer.data.page.sides.title} facts={answer.data.page.sides.facts} />
          <Stack component="section" aria-label={answer.data.page.grants.title}>
            <Title order={3}>{answer.data.page.grants.title}</Title>
            {answer.data.page.grants.each.map((grant) => (
              <Grant key={grant.purpose} grant={grant} />
            ))}
          </Stack>
          <Signed signed={answer.data.page.signed} />
          <Use agreement={id} />
        </>
      )}
    </Stack>
  );
}

function Facts({ name, facts }: { readonly name: string; readonly facts: Page["sides"]["facts"] }) {
  return (
    <Table withRowBorders={false} aria-label={name} layout="fixed">
      <Table.Tbody>
        {facts.map(({ name: fact, value }) => (
          <Table.Tr key={`${fact} ${value}`}>
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

function Grant({ grant }: { readonly grant: Page["grants"]["each"][number] }) {
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Text fw={600}>{grant.purpose}</Text>
        <Text>{grant.ground}</Text>
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
        {grant.notes.map((note) => (
          <Text size="sm" key={note}>
            {note}
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}

/** When it was signed is the signer's own word; what a signature counts by is said beside it. */
function Signed({ signed }: { readonly signed: Page["signed"] }) {
  return (
    <Stack component="section" aria-label={signed.title} gap="xs">
      <Title order={3}>{signed.title}</Title>
      <Text>{signed.hint}</Text>
      <Facts name={signed.title} facts={signed.facts} />
    </Stack>
  );
}
