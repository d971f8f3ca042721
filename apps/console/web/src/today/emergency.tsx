import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type RecordAnswer } from "../api.js";
import { Instant } from "../instant.js";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";

/** In the officer's own words, whichever way they are written. */
export function Emergency({ said: { reason, acr, at } }: { readonly said: NonNullable<RecordAnswer["emergency"]> }) {
  const { t } = useTranslation();
  return (
    <Stack gap={2}>
      <Text fw={600}>{t("access.reason")}</Text>
      <Text component="blockquote" m={0} ps="sm" style={{ borderInlineStart: "3px solid currentColor" }}>
        <bdi>{reason}</bdi>
      </Text>
      <Text size="xs" c="dimmed">
        {t("access.signedIn")} <bdi>{acr}</bdi> · <Instant at={at} />
      </Text>
    </Stack>
  );
}

/** The reason stands in the log and nowhere else: to read it is a look, and recorded. */
export function ReadReason({ record, day }: { readonly record: number; readonly day: string }) {
  const { t, i18n } = useTranslation();
  const { csrf } = useMe();
  const look = useMutation({
    mutationFn: () =>
      api.record(csrf, {
        occasion: { purpose: "audit", case: `today-${day}` },
        index: record,
        language: i18n.language,
      }),
  });
  if (look.data?.emergency) return <Emergency said={look.data.emergency} />;
  return (
    <Stack gap={4} align="flex-start">
      <Button
        size="xs"
        variant="default"
        loading={look.isPending}
        aria-label={t("today.readReasonOf", { index: record })}
        onClick={() => look.mutate()}
      >
        {t("today.readReason")}
      </Button>
      {look.data && <Text size="sm">{t("today.noReason")}</Text>}
      <Refused error={look.error} />
    </Stack>
  );
}
