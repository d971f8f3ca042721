import { useTranslation } from "react-i18next";

/** A moment as the reader's country writes it, in UTC as the log does: two officers who compare must read the same. */
export function Instant({ at }: { readonly at: string }) {
  const { i18n } = useTranslation();
  return (
    <time dateTime={at} style={{ whiteSpace: "nowrap" }}>
      {instantIn(at, i18n.language)}
    </time>
  );
}

export function instantIn(at: string, language: string): string {
  return `${new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }).format(new Date(at))} UTC`;
}

/** A day in UTC, where the time of day says nothing. */
export function dayIn(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(at));
}
