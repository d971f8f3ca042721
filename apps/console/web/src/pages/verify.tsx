import { Button, FileButton, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Outcome, outcomeOf, OutcomeView } from "../verify/outcome.js";
import { readPins, readProven } from "../verify/proof-file.js";
import { verifyAccess } from "../verify/verify.js";

/** One access is verified by this browser alone: a proof out of a letter or of the console, against keys that the reader brings. */
export function VerifyPage() {
  const { t } = useTranslation();
  const [proof, setProof] = useState("");
  const [pins, setPins] = useState("");
  const [outcome, setOutcome] = useState<Outcome>();
  const change = (set: (text: string) => void) => (text: string) => {
    set(text);
    setOutcome(undefined);
  };
  const check = async () => setOutcome(await outcomeOf(async () => verifyAccess(readProven(proof), readPins(pins))));
  return (
    <Stack maw={820}>
      <Title order={2}>{t("verify.title")}</Title>
      <Text>{t("verify.lead")}</Text>
      <TextOrFile label={t("verify.proof")} hint={t("verify.proofHint")} value={proof} onChange={change(setProof)} />
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
