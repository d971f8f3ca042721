import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Occasion } from "./api.js";
import { keepOccasion, keptOccasion } from "./occasion.js";

/** The number for which something is done: it goes into the record that is left of it. */
export function CaseInput({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t("filters.case")}
      description={t("filters.caseHint")}
      inputWrapperOrder={["label", "input", "description"]}
      value={value}
      required
      autoComplete="off"
      dir="auto"
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** Supervision, under this number; kept for what is opened next. */
export function supervisionFor(caseId: string): Occasion {
  const occasion: Occasion = { purpose: "audit", case: caseId.trim() };
  keepOccasion(occasion);
  return occasion;
}

export const lastCase = (): string => keptOccasion()?.case ?? "";
