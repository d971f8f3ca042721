import { Alert, Button, FileButton, Group, Select, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { instantIn } from "../instant.js";
import { findLetter, type LetterFile, verifyLetter } from "../verify/letter-file.js";
import { NotVerified } from "../verify/not-verified.js";
import { type Outcome, outcomeOf, OutcomeView } from "../verify/outcome.js";
import { readPins, readProven } from "../verify/proof-file.js";
import { verifyAccess } from "../verify/verify.js";

/** One access is verified by this browser alone: a proof out of a letter or of the console, against keys that the reader brings. */
export function VerifyPage() {
  const { t, i18n } = useTranslation();
  const [proof, setProof] = useState("");
  const [pins, setPins] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const [outcome, setOutcome] = useState<Outcome>();
  const letter = letterIn(proof);
  const change =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setOutcome(undefined);
    };
  const access = letter?.accesses.find(({ index }) => String(index) === chosen) ?? letter?.accesses[0];
  const check = async () =>
    setOutcome(
      await outcomeOf(async () => {
        const keys = readPins(pins);
        const read = findLetter(proof);
        if (read) await verifyLetter(read, keys.issuers);
        return verifyAccess(readProven(access?.proof ?? proof), keys);
      }),
    );
  return (
    <Stack maw={820}>
      <Title order={2}>{t("verify.title")}</Title>
      <Text>{t("verify.lead")}</Text>
      <TextOrFile label={t("verify.proof")} hint={t("verify.proofHint")} value={proof} onChange={change(setProof)} />
      {letter && access && (
        <Select
          label={t("verify.access")}
          description={t("verify.accessHint", { number: letter.number })}
          data={letter.accesses.map(({ index, at, who }) => ({
            value: String(index),
            label: `${index} · ${instantIn(at, i18n.language)} · ${who}`,
          }))}
          value={String(access.index)}
          allowDeselect={false}
          onChange={change((index: string | null) => setChosen(index))}
        />
      )}
      {letter && letter.accesses.length === 0 && <Alert>{t("verify.noAccess")}</Alert>}
      <TextOrFile label={t("verify.keys")} hint={t("verify.keysHint")} value={pins} onChange={change(setPins)} />
      <Group>
        <Button onClick={() => void check()} disabled={proof.trim() === "" || pins.trim() === ""}>
          {t("verify.check")}
        </Button>
      </Group>
      <div role="status">{outcome && <OutcomeView outcome={outcome} />}</div>
    </Stack>
  );
}

/** What is wrong with it is said when it is checked. */
function letterIn(text: string): LetterFile | undefined {
  try {
    return findLetter(text);
  } catch (error) {
    if (error instanceof NotVerified) return undefined;
    throw error;
  }
}

interface TextOrFileProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function TextOrFile({ label, hint, value, onChange }: TextOrFileProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Textarea
        label={label}
        description={hint}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        rows={5}
        spellCheck={false}
        dir="ltr"
        styles={{ input: { fontFamily: "monospace", fontSize: 12 } }}
      />
      <Group>
        <FileButton accept="application/json" onChange={(file) => void file?.text().then(onChange)}>
          {(props) => (
            <Button {...props} variant="default" size="xs">
              {t("verify.file", { what: label })}
            </Button>
          )}
        </FileButton>
      </Group>
    </Stack>
  );
}
