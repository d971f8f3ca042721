import { Button, Fieldset, Grid, Group, Select, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { languages } from "../language.js";
import { Refused } from "../refused.js";
import { useMe, useWords } from "../session.js";
import { requestCalls, type RequestDraft } from "./calls.js";

const choices = {
  question: ["who-looked", "correction", "erasure", "objection", "supervision"],
  asker: ["person", "representative", "authority"],
  channel: ["counter", "post", "telephone", "e-mail", "portal", "authority-letter"],
} as const;

const today = () => new Date().toISOString().slice(0, 10);
const empty = () => ({
  number: "",
  question: "who-looked",
  asker: "person",
  channel: "counter",
  received: today(),
  language: "en",
  scheme: "nid",
  value: "",
  from: "",
  until: today(),
});
type Form = ReturnType<typeof empty>;

/** A question as it came. The person's number is sealed at once; name and address stay in the house's own file, under its number. */
export function Receive() {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const words = useWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [form, setForm] = useState(empty);
  const set = (key: keyof Form) => (value: string | null) => setForm((before) => ({ ...before, [key]: value ?? "" }));
  const receive = useMutation({
    mutationFn: () => requestCalls.receive(csrf, draftOf(form)),
    onSuccess: async ({ request }) => {
      await queries.invalidateQueries({ queryKey: ["requests"] });
      await navigate({ to: `/requests/${request.id}` });
    },
  });
  const { text, chosen, select } = useFields(form, set);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        receive.mutate();
      }}
    >
      <Fieldset legend={t("requests.receive")}>
        <Grid align="start">
          <Part>{text("number")}</Part>
          <Part>{chosen("question")}</Part>
          <Part>{chosen("asker")}</Part>
          <Part>{chosen("channel")}</Part>
          <Part>{text("received", "date")}</Part>
          <Part>{text("from", "date")}</Part>
          <Part>{text("until", "date")}</Part>
          <Part>{select("language", labelled(languages))}</Part>
          <Part>{select("scheme", labelled(words.schemes))}</Part>
          <Part>{text("value")}</Part>
        </Grid>
        <Group mt="sm">
          <Button type="submit" loading={receive.isPending}>
            {t("requests.do.receive")}
          </Button>
        </Group>
        <Refused error={receive.error} />
      </Fieldset>
    </form>
  );
}

/** A field by its name, of the kind that it is. */
function useFields(form: Form, set: (key: keyof Form) => (value: string | null) => void) {
  const { t } = useTranslation();
  const text = (key: keyof Form, type: "text" | "date" = "text") => (
    <TextInput
      label={t(`requests.field.${key}`)}
      {...(hinted.has(key) && { description: t(`requests.hint.${key}`) })}
      inputWrapperOrder={["label", "input", "description"]}
      type={type}
      value={form[key]}
      required={key !== "value" || form.asker !== "authority"}
      autoComplete="off"
      dir="auto"
      onChange={({ currentTarget }) => set(key)(currentTarget.value)}
    />
  );
  const select = (key: keyof Form, data: { value: string; label: string }[]) => (
    <Select
      label={t(`requests.field.${key}`)}
      data={data}
      value={form[key]}
      allowDeselect={false}
      onChange={set(key)}
    />
  );
  const chosen = (key: keyof typeof choices) =>
    select(
      key,
      choices[key].map((value) => ({ value, label: t(`requests.${key}.${value}`) })),
    );
  return { text, chosen, select };
}

const labelled = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).map(([value, label]) => ({ value, label }));

const hinted: ReadonlySet<keyof Form> = new Set(["number", "value"]);

const Part = ({ children }: { readonly children: ReactNode }) => (
  <Grid.Col span={{ base: 12, sm: 6, lg: 3 }}>{children}</Grid.Col>
);

function draftOf({ scheme, value, from, until, number, ...form }: Form): RequestDraft {
  const typed = value.trim();
  return {
    ...(form as Omit<RequestDraft, "number" | "period">),
    number: number.trim(),
    period: { from, until },
    ...(typed !== "" && { persons: [{ scheme, number: typed }] }),
  };
}
