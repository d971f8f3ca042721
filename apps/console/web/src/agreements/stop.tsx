import { Alert, Button, Fieldset, Group, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CaseInput, lastCase, supervisionFor } from "../reason.js";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";
import { Instant } from "../instant.js";
import { type AgreementAnswer, agreementCalls, type SuspendRequest } from "./calls.js";

type Reason = SuspendRequest["reason"];
const reasons: readonly Reason[] = ["breach", "investigation", "court-order", "wrong-data", "load"];

/** Ends the use of an agreement at once. It cannot be taken back here, so it is asked twice. */
export function Stop({ terms }: { readonly terms: AgreementAnswer }) {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure();
  const { suspended } = terms;
  return (
    <>
      {suspended && (
        <Alert color="red" title={t("agreements.stop.stopped")}>
          <Instant at={suspended.at} /> · {t(`agreements.stop.reasons.${suspended.reason}`)} ·{" "}
          {t("steps.record", { record: suspended.record })}
          <Text size="sm" mt="xs">
            {t("agreements.stop.lifted")}
          </Text>
        </Alert>
      )}
      {terms.mayStop && !isOpen && (
        <Group>
          <Button color="red" variant="outline" onClick={open}>
            {t("agreements.stop.stop")}
          </Button>
        </Group>
      )}
      {terms.mayStop && isOpen && <Confirm agreement={terms.agreement} onDone={close} />}
    </>
  );
}

function Confirm({ agreement, onDone }: { readonly agreement: string; readonly onDone: () => void }) {
  const { t, i18n } = useTranslation();
  const { csrf } = useMe();
  const queries = useQueryClient();
  const [caseId, setCase] = useState(lastCase);
  const [reason, setReason] = useState<Reason | null>(null);
  const stop = useMutation({
    mutationFn: (chosen: Reason) =>
      agreementCalls.suspend(agreement, i18n.language, csrf, { occasion: supervisionFor(caseId), reason: chosen }),
    onSuccess: async (terms) => {
      queries.setQueryData(["agreement", agreement, i18n.language], terms);
      await queries.invalidateQueries({ queryKey: ["agreements"] });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (reason !== null) stop.mutate(reason);
      }}
    >
      <Fieldset legend={t("agreements.stop.title")}>
        <Stack>
          <Text>{t("agreements.stop.warning")}</Text>
          <Select
            label={t("agreements.stop.reason")}
            data={reasons.map((value) => ({ value, label: t(`agreements.stop.reasons.${value}`) }))}
            value={reason}
            required
            onChange={(value) => setReason(value as Reason | null)}
          />
          <CaseInput value={caseId} onChange={setCase} />
          <Refused error={stop.error} />
          <Group>
            <Button
              type="submit"
              color="red.9"
              loading={stop.isPending}
              disabled={reason === null || caseId.trim() === ""}
            >
              {t("agreements.stop.confirm")}
            </Button>
            <Button variant="default" onClick={onDone}>
              {t("agreements.stop.leave")}
            </Button>
          </Group>
        </Stack>
      </Fieldset>
    </form>
  );
}
