import { Alert, Button, Group, Select, Stack, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Occasion } from "../api.js";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";
import { revealCalls, type RevealRequest } from "./calls.js";

const reasons = ["unexplained-access", "complaint", "break-glass", "pattern", "court-order"] as const;

/** The officer's own house is asked who it was; whoever asks hears how it is explained, and no name. */
export function AskReveal({ of, occasion }: { readonly of: number; readonly occasion: Occasion }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const [reason, setReason] = useState<string | null>(null);
  const ask = useMutation({
    mutationFn: () => revealCalls.ask(csrf, { occasion, of, reason: reason as RevealRequest["reason"] }),
  });
  return (
    <Stack component="section" aria-label={t("reveals.ask")} gap="xs">
      <Title order={3}>{t("reveals.ask")}</Title>
      <Group align="end">
        <Select
          label={t("reveals.why")}
          data={reasons.map((value) => ({ value, label: t(`reveals.reasons.${value}`) }))}
          value={reason}
          miw={240}
          onChange={setReason}
        />
        <Button variant="default" disabled={reason === null} loading={ask.isPending} onClick={() => ask.mutate()}>
          {t("reveals.do.ask")}
        </Button>
      </Group>
      <Refused error={ask.error} />
      {ask.isSuccess && (
        <Alert role="status" color="teal" title={t("reveals.asked")}>
          <Button component={Link} to="/reveals" size="xs" variant="default">
            {t("pages.reveals")}
          </Button>
        </Alert>
      )}
    </Stack>
  );
}
