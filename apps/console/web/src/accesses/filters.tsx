import { Button, Fieldset, Grid, Group, MultiSelect, Select, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Occasion, Terms, TypedPerson, WordsAnswer } from "../api.js";

/** A question to the log as the officer sets it: why, about whom, and what else must hold. */
export interface Asked {
  readonly occasion: Occasion;
  readonly terms: Terms;
}

interface Form {
  readonly purpose: Occasion["purpose"];
  readonly caseId: string;
  readonly scheme: string;
  readonly value: string;
  readonly consumer: string | null;
  readonly provider: string | null;
  readonly purposes: string[];
  readonly outcomes: string[];
  readonly officer: string;
  readonly forCase: string;
  readonly from: string;
  readonly until: string;
}

const empty: Form = {
  purpose: "data-subject-rights",
  caseId: "",
  scheme: "nid",
  value: "",
  consumer: null,
  provider: null,
  purposes: [],
  outcomes: [],
  officer: "",
  forCase: "",
  from: "",
  until: "",
};

const outcomes = ["answered", "partial", "refused", "interrupted", "open", "erased"];

interface FiltersProps {
  readonly names: WordsAnswer;
  readonly busy: boolean;
  readonly onAsk: (asked: Asked) => void;
}

interface PartProps {
  readonly form: Form;
  readonly set: <K extends keyof Form>(key: K, value: Form[K]) => void;
  readonly names: WordsAnswer;
}

/** Nothing is looked for before there is a reason: who looks at the log leaves a record that says why. */
export function Filters({ names, busy, onAsk }: FiltersProps) {
  const { t } = useTranslation();
  const [form, setForm] = useState(empty);
  const set: PartProps["set"] = (key, value) => setForm((before) => ({ ...before, [key]: value }));
  const part = { form, set, names };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onAsk(askedIn(form));
      }}
    >
      <Stack>
        <Why {...part} />
        <AboutWhom {...part} />
        <Which {...part} />
        <Group>
          <Button type="submit" loading={busy} disabled={form.caseId.trim() === ""}>
            {t("filters.look")}
          </Button>
          <Button variant="default" onClick={() => setForm({ ...empty, purpose: form.purpose, caseId: form.caseId })}>
            {t("filters.clear")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Why({ form, set }: PartProps) {
  const { t } = useTranslation();
  return (
    <Part name={t("filters.why")}>
      <Half>
        <Select
          label={t("filters.purpose")}
          data={["data-subject-rights", "audit"].map((value) => ({ value, label: t(`filters.purposes.${value}`) }))}
          value={form.purpose}
          allowDeselect={false}
          onChange={(value) => set("purpose", value as Occasion["purpose"])}
        />
      </Half>
      <Half>
        <Text
          label={t("filters.case")}
          hint={t("filters.caseHint")}
          value={form.caseId}
          onChange={(text) => set("caseId", text)}
          required
        />
      </Half>
    </Part>
  );
}

function AboutWhom({ form, set, names }: PartProps) {
  const { t } = useTranslation();
  return (
    <Part name={t("filters.whom")}>
      <Half>
        <Select
          label={t("filters.scheme")}
          data={optionsOf(names.schemes)}
          value={form.scheme}
          allowDeselect={false}
          onChange={(value) => set("scheme", value ?? "nid")}
        />
      </Half>
      <Half>
        <Text
          label={t("filters.number")}
          hint={t("filters.numberHint")}
          value={form.value}
          onChange={(text) => set("value", text)}
        />
      </Half>
    </Part>
  );
}

function Which({ form, set, names }: PartProps) {
  const { t } = useTranslation();
  return (
    <Part name={t("filters.which")}>
      {(["consumer", "provider"] as const).map((key) => (
        <Half key={key}>
          <Select
            label={t(`filters.${key}`)}
            data={optionsOf(names.organisations)}
            value={form[key]}
            clearable
            searchable
            onChange={(value) => set(key, value)}
          />
        </Half>
      ))}
      <Half>
        <MultiSelect
          label={t("filters.askedFor")}
          data={optionsOf(names.purposes)}
          value={form.purposes}
          clearable
          onChange={(value) => set("purposes", value)}
        />
      </Half>
      <Half>
        <MultiSelect
          label={t("filters.outcome")}
          data={outcomes.map((value) => ({ value, label: t(`outcomes.${value}.label`) }))}
          value={form.outcomes}
          clearable
          onChange={(value) => set("outcomes", value)}
        />
      </Half>
      {(["officer", "forCase", "from", "until"] as const).map((key) => (
        <Half key={key}>
          <Text
            label={t(`filters.${key}`)}
            {...(key === "from" || key === "until" ? { type: "date" } : {})}
            value={form[key]}
            onChange={(text) => set(key, text)}
          />
        </Half>
      ))}
    </Part>
  );
}

function Part({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <Fieldset legend={name}>
      <Grid>{children}</Grid>
    </Fieldset>
  );
}

const Half = ({ children }: { readonly children: ReactNode }) => (
  <Grid.Col span={{ base: 12, sm: 6, lg: 3 }}>{children}</Grid.Col>
);

interface TextProps {
  readonly label: string;
  readonly hint?: string;
  readonly type?: "date" | undefined;
  readonly value: string;
  readonly required?: boolean;
  readonly onChange: (text: string) => void;
}

function Text({ label, hint, type, value, required = false, onChange }: TextProps) {
  return (
    <TextInput
      label={label}
      description={hint}
      inputWrapperOrder={["label", "input", "description"]}
      type={type ?? "text"}
      value={value}
      required={required}
      autoComplete="off"
      dir="auto"
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

function optionsOf(labels: Readonly<Record<string, string>>): { value: string; label: string }[] {
  return Object.entries(labels).map(([value, label]) => ({ value, label }));
}

/** Days are whole days in UTC, the last one included. */
function askedIn(form: Form): Asked {
  const officer = form.officer.trim();
  const forCase = form.forCase.trim();
  const number = form.value.trim();
  const person: TypedPerson = { scheme: form.scheme, number };
  const terms = {
    ...(number !== "" && { persons: [person] }),
    ...(form.consumer !== null && { consumer: form.consumer }),
    ...(form.provider !== null && { provider: form.provider }),
    ...(form.purposes.length > 0 && { purposes: form.purposes }),
    ...(form.outcomes.length > 0 && { outcomes: form.outcomes }),
    ...(officer !== "" && { officer }),
    ...(forCase !== "" && { case: forCase }),
    ...(form.from !== "" && { from: `${form.from}T00:00:00Z` }),
    ...(form.until !== "" && { until: dayAfter(form.until) }),
  } as Terms;
  return { occasion: { purpose: form.purpose, case: form.caseId.trim() }, terms };
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().replace(".000Z", "Z");
}
