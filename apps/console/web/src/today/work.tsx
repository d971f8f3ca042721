import { Anchor, Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import { dayIn, Instant } from "../instant.js";
import { keepOccasion } from "../occasion.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { todayCalls, type WorkItem } from "./calls.js";
import { ReadReason } from "./emergency.js";

const colours = { emergency: "red", answer: "orange", decision: "blue", alert: "yellow", sample: "gray" } as const;

/** What was chosen for today, one under the other: what it is, until when, and the way there. */
export function Work({ work, day }: { readonly work: readonly WorkItem[]; readonly day: string }) {
  const { t } = useTranslation();
  return (
    <Stack component="ol" gap="sm" aria-label={t("today.work")} style={{ listStyle: "none", margin: 0, padding: 0 }}>
      {work.map((item) => (
        <li key={item.key}>
          <Item item={item} day={day} />
        </li>
      ))}
    </Stack>
  );
}

function Item({ item, day }: { readonly item: WorkItem; readonly day: string }) {
  const { t, i18n } = useTranslation();
  const isOverdue = item.due !== undefined && Date.parse(item.due) < Date.now();
  return (
    <Paper withBorder p="md">
      <Stack gap={6}>
        <Group justify="space-between" gap="xs">
          <Badge variant="dot" color={colours[item.kind]}>
            {t(`today.kinds.${item.kind}`)}
          </Badge>
          {item.due !== undefined && (
            <Text size="sm" fw={isOverdue ? 700 : 400}>
              {t(isOverdue ? "today.overdue" : "today.due", { day: dayIn(item.due, i18n.language) })}
            </Text>
          )}
        </Group>
        <Sentence item={item} day={day} />
        {item.kind === "sample" && <Justify item={item} day={day} />}
        {item.record !== undefined && <ReadReason record={item.record} day={day} />}
      </Stack>
    </Paper>
  );
}

function Sentence({ item, day }: { readonly item: WorkItem; readonly day: string }) {
  const { t, i18n } = useTranslation();
  const { organisations, purposes } = useWords();
  const { access } = item;
  if (!access?.caller)
    return (
      <Anchor component={Link} to={item.at}>
        {t(`today.want.${item.want}`, { case: item.case ?? "" })}
        {item.reason !== undefined && ` · ${t(`today.rules.${item.reason}`, { defaultValue: item.reason })}`}
      </Anchor>
    );
  return (
    <>
      <Anchor component={Link} to={item.at} onClick={() => keepOccasion({ purpose: "audit", case: `today-${day}` })}>
        {t("today.access", {
          index: access.index,
          who: nameOf(organisations, access.caller.consumer),
          whom: new Intl.ListFormat(i18n.language).format(
            access.sections.map(({ provider }) => nameOf(organisations, provider)),
          ),
        })}
      </Anchor>
      <Text size="sm">
        {nameOf(purposes, access.caller.purpose)} · <bdi>{access.caller.case ?? t("accesses.noCase")}</bdi> ·{" "}
        <bdi>{access.caller.officer}</bdi>
      </Text>
      <Text size="xs" c="dimmed">
        <Instant at={access.at} />
      </Text>
    </>
  );
}

/** Drawn by lot: either there is a reason for it, or somebody looks into it. */
function Justify({ item, day }: { readonly item: WorkItem; readonly day: string }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const queries = useQueryClient();
  const done = useMutation({
    mutationFn: () => todayCalls.done(csrf, day, item.key),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["today"] }),
  });
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant="default"
        loading={done.isPending}
        aria-label={t("today.justifiedOf", { index: item.access?.index })}
        onClick={() => done.mutate()}
      >
        {t("today.justified")}
      </Button>
      <Button
        size="xs"
        variant="subtle"
        component={Link}
        to={`/investigations?of=${item.access?.index ?? ""}&reason=random-sample`}
        aria-label={t("today.investigateOf", { index: item.access?.index })}
      >
        {t("investigations.investigate")}
      </Button>
      <Refused error={done.error} />
    </Group>
  );
}
