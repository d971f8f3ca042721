import type { TFunction } from "i18next";
import type { WordsAnswer, Hit } from "../api.js";

/** One access in plain words, a sentence per ministry that was asked. WordsAnswer come from the contracts; a code they do not know stays as it is. */
export function hitInWords(hit: Hit, names: WordsAnswer, t: TFunction): string[] {
  const { caller, sections, denied, refused, outcome } = hit;
  if (!caller) return [t(hit.kind === "heartbeat" ? "words.heartbeat" : "words.nobody")];
  const who = nameOf(names.organisations, caller.consumer);
  const why = nameOf(names.purposes, caller.purpose);
  if (hit.kind === "review") return [t("words.looked", { who, why, case: caller.case, officer: caller.officer })];
  return [
    t(caller.case === undefined ? "words.askedWithoutCase" : "words.asked", {
      who,
      why,
      case: caller.case,
      officer: caller.officer,
    }),
    ...sections.map(({ provider, persons, basis, agreement, version, coordinates, entry }) =>
      t(entry === undefined ? "words.section" : "words.list", {
        provider: nameOf(names.organisations, provider),
        count: persons,
        basis: t(`basis.${basis}`, { defaultValue: basis.toLowerCase().replaceAll("_", " ") }),
        agreement,
        version,
        fields: fieldsInWords(coordinates, names),
      }),
    ),
    ...(denied.length > 0
      ? [
          t("words.denied", {
            fields: fieldsInWords(
              denied.map(({ coordinate }) => coordinate),
              names,
            ),
          }),
        ]
      : []),
    ...(refused ? [t("words.refused", { count: refused.times, code: refused.code })] : []),
    ...(outcome ? [t(`outcomes.${outcome.status}.sentence`)] : []),
  ];
}

export function nameOf(names: Readonly<Record<string, string>>, code: string): string {
  return names[code] ?? code;
}

/** Fields that hold nothing of a person (pages, cursors) have no label, and are left out where others have one. */
export function fieldsInWords(coordinates: readonly string[], { coordinates: fields }: WordsAnswer): string {
  const labelled = coordinates.filter((coordinate) => fields[coordinate] !== undefined);
  const told = labelled.length > 0 ? labelled : coordinates;
  return [...new Set(told.map((coordinate) => fields[coordinate] ?? coordinate))]
    .map((label) => `“${label}”`)
    .join(", ");
}
