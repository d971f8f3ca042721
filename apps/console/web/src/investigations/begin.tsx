import { Button, Fieldset, Grid, Group, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CaseInput, lastCase, supervisionFor } from "../reason.js";
import { Refused } from "../refused.js";
import { useMe } from "../session.js";
import { investigationCalls, type InvestigationRequest } from "./calls.js";

type Reason = InvestigationRequest["reason"];
const reasons: readonly Reason[] = ["unexplained-access", "complaint", "break-glass", "pattern", "random-sample"];

export interface From {
  /** Numbers of accesses. */
  readonly of: string;
  readonly reason?: Reason | undefined;
  readonly alert?: string | undefined;
}

/** From accesses that one may see: an alert's, or any that somebody chose. */
export function Begin({ from }: { readonly from: From }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [of, setOf] = useState(from.of);
  const [reason, setReason] = useState<Reason>(from.reason ?? "unexplained-access");
  const [caseId, setCase] = useState(lastCase);
  const indexes = numbersIn(of);
  const begin = useMutation({
    mutationFn: () =>
      investigationCalls.open(csrf, {
        occasion: supervisionFor(caseId),
        of: indexes,
        reason,
        ...(from.alert !== undefined && { alert: from.alert }),
      }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ["investigations"] });
      await navigate({ to: `/investigations/${id}` });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <Fieldset legend={t("investigations.begin.title")}>
        <Grid align="start">
          <Grid.Col span={{ base: 12, sm: 4 }}>
            <CaseInput value={caseId} onChange={setCase} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 4 }}>
            <TextInput
              label={t("investigations.begin.of")}
              description={t("investigations.begin.ofHint")}
              inputWrapperOrder={["label", "input", "description"]}
              value={of}
              required
              inputMode="numeric"
              autoComplete="off"
              onChange={({ currentTarget }) => setOf(currentTarget.value)}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 4 }}>
            <Select
              label={t("investigations.begin.why")}
              data={reasons.map((value) => ({ value, label: t(`investigations.reasons.${value}`) }))}
              value={reason}
              allowDeselect={false}
              onChange={(value) => setReason(value as Reason)}
            />
          </Grid.Col>
        </Grid>
        <Group mt="sm">
          <Button type="submit" loading={begin.isPending} disabled={caseId.trim() === "" || indexes.length === 0}>
            {t("investigations.begin.begin")}
          </Button>
        </Group>
        <Refused error={begin.error} />
      </Fieldset>
    </form>
  );
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number).filter((number) => Number.isSafeInteger(number));
}
