import type { Contracts } from "#libs/contracts";
import type { AgreementId, Coordinate, OrgId, PurposeCode } from "#libs/terms";

/** What people read in the place of codes. A code that the contracts do not know (any more) is shown as it is. */
export interface Names {
  organisation(id: string): string;
  /** As in "to decide an application". */
  purpose(code: PurposeCode): string;
  /** `Disability programme: Status`. */
  field(coordinate: Coordinate): string;
  /** Holds nothing of a person: pages, cursors, references. */
  isStructure(coordinate: Coordinate): boolean;
  /** The provision of law that an agreement names for a purpose; undefined when it has no such grant now. */
  provision(agreement: AgreementId, purpose: PurposeCode | undefined): string | undefined;
}

type Words = Readonly<Record<string, string>>;

export function namesOf(contracts: Contracts, language: string): Names {
  const inLanguage = (words: Words | undefined) => words?.[language] ?? Object.values(words ?? {})[0];
  const labels = [...contracts.subgraphs.values()].map(
    (subgraph) => subgraph.labels[language] ?? subgraph.labels["en"] ?? {},
  );
  const labelOf = (key: string) => labels.find((it) => Object.hasOwn(it, key))?.[key];
  return {
    organisation: (id) => inLanguage(contracts.registry.organisations[id as OrgId]?.name) ?? id,
    purpose: (code) => inLanguage(contracts.purposes.get(code)?.label) ?? code,
    field(coordinate) {
      const label = labelOf(coordinate);
      const type = labelOf(coordinate.slice(0, coordinate.indexOf(".")));
      if (label === undefined) return coordinate;
      return type === undefined || type === label ? label : `${type}: ${label}`;
    },
    isStructure(coordinate) {
      const kind = contracts.rules.get(coordinate)?.kind;
      return kind === "structural" || kind === "reference" || (kind === undefined && labelOf(coordinate) === undefined);
    },
    provision(id, purpose) {
      const signed = contracts.agreements.find(({ agreement }) => agreement.agreement === id);
      return signed?.agreement.grants.find((grant) => grant.purpose === purpose)?.provision;
    },
  };
}
