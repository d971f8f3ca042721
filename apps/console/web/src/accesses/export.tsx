import { Button, Group, Select } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ExportRequest } from "#libs/review";
import { callForFile } from "../api.js";
import { Refused } from "../refused.js";
import { saveBytes } from "../save.js";
import { useMe } from "../session.js";
import type { Asked } from "./filters.js";

const reasons = ["answer-to-person", "investigation", "court-order", "supervision", "own-audit"] as const;

/** The list leaves as a file: with a reason, which stands in the record of who took it. */
export function Export({ asked }: { readonly asked: Asked }) {
  const { t } = useTranslation();
  const { csrf } = useMe();
  const [reason, setReason] = useState<string | null>(null);
  const take = useMutation({
    mutationFn: async (format: "csv" | "json") => {
      const body = { ...asked, format, reason } as ExportRequest;
      const file = await callForFile("/api/export", { csrf, body });
      saveBytes(file.name, file.type, file.text);
    },
  });
  return (
    <div role="group" aria-label={t("export.title")}>
      <Group align="end">
        <Select
          label={t("export.reason")}
          placeholder={t("export.first")}
          data={reasons.map((value) => ({ value, label: t(`export.reasons.${value}`) }))}
          value={reason}
          miw={240}
          onChange={setReason}
        />
        {(["csv", "json"] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            disabled={reason === null}
            loading={take.isPending}
            onClick={() => take.mutate(format)}
          >
            {t(`export.${format}`)}
          </Button>
        ))}
      </Group>
      <Refused error={take.error} />
    </div>
  );
}
