import { Button, Group, Loader, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api.js";
import { Refused } from "../refused.js";
import { saveBytes } from "../save.js";
import { outcomeOf, OutcomeView } from "./outcome.js";
import { type ProvenAccess, verifyAccess } from "./verify.js";

/** The proof of the record that is looked at, verified here; and to take away, for whoever wants to verify it elsewhere. */
export function ProofOf({ evidence }: { readonly evidence: ProvenAccess & { readonly index: number } }) {
  const { t } = useTranslation();
  const { jwt, disclosures, proof, index } = evidence;
  const outcome = useQuery({
    queryKey: ["proof", jwt],
    queryFn: async () => {
      const keys = await api.keys();
      return outcomeOf(() => verifyAccess({ jwt, disclosures, proof }, keys));
    },
  });
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={3}>{t("access.proof")}</Title>
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            saveBytes(`access-${index}.json`, "application/json", JSON.stringify({ jwt, disclosures, proof }, null, 1))
          }
        >
          {t("access.saveProof")}
        </Button>
      </Group>
      <Refused error={outcome.error} />
      <div role="status">
        {outcome.data ? (
          <OutcomeView outcome={outcome.data} />
        ) : (
          outcome.isPending && <Loader size="sm" aria-label={t("session.loading")} />
        )}
      </div>
    </Stack>
  );
}
