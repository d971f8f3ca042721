import { Alert, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ApiError } from "./api.js";

/** What went wrong, in the reader's words where they are known, with the code that a helper asks for. */
export function Refused({ error }: { readonly error: Error | null }) {
  const { t } = useTranslation();
  if (error === null) return null;
  const code = error instanceof ApiError ? error.code : "UNAVAILABLE";
  return (
    <Alert color="red" role="alert" title={t(`errors.${code}`, { defaultValue: error.message })}>
      <Text size="xs">{code}</Text>
    </Alert>
  );
}
