import type { Agreement, AgreementGrant, CoordinateRule } from "#libs/policy";
import type { AgreementId, Coordinate, OrgId, PurposeCode } from "#libs/terms";
import type { Contracts } from "./contracts.js";

/**
 * What one version of a country's contracts takes from, or gives to, whoever relies on the other: by agreement, because that is
 * what a lawyer reads and a consumer feels.
 *
 * - `takes`: a question that was answered is refused, or answered with less. A consumer must be told before.
 * - `gives`: more is released than before. A data-protection officer must see it before.
 * - `renews`: what was signed is signed anew and means something else, or owes something else.
 */
export interface Change {
  readonly effect: "takes" | "gives" | "renews";
  readonly agreement: AgreementId;
  readonly version: number;
  readonly provider: OrgId;
  readonly consumer: OrgId;
  readonly purpose?: PurposeCode;
  /** The field, argument or list that it is about. */
  readonly coordinate?: Coordinate;
  /** What it is about where it is no field: a word of the agreement's own. */
  readonly of: ChangeOf;
  readonly before?: string;
  readonly after?: string;
}

export type ChangeOf =
  | "agreement"
  | "state"
  | "validity"
  | "grant"
  | "field"
  | "filter"
  | "argument"
  | "meaning"
  | "basis"
  | "subjects"
  | "limit"
  | "duty"
  | "mode"
  | "operation";

type Compared = Pick<Contracts, "agreements" | "rules">;
type Signed = Contracts["agreements"][number];

/** In the order of the agreements' names; of each, what it takes first. Pure. */
export function changesBetween(before: Compared, after: Compared): Change[] {
  const [were, are] = [byName(before), byName(after)];
  const names = [...new Set([...were.keys(), ...are.keys()])].toSorted();
  return names.flatMap((name) => {
    const [was, is] = [were.get(name), are.get(name)];
    if (was === undefined)
      return is === undefined ? [] : [{ ...headOf(is), effect: "gives", of: "agreement" } as const];
    if (is === undefined) return [{ ...headOf(was), effect: "takes", of: "agreement" } as const];
    const changes = changesOf(was, is, before, after);
    return changes.toSorted((a, b) => rank[a.effect] - rank[b.effect]);
  });
}

const rank = { takes: 0, renews: 1, gives: 2 } as const;

function byName({ agreements }: Compared): Map<AgreementId, Signed> {
  return new Map(agreements.map((signed) => [signed.agreement.agreement, signed]));
}

function headOf({ agreement: { agreement, version, provider, consumer } }: Signed) {
  return { agreement, version, provider, consumer };
}

type Part = Omit<Change, "agreement" | "version" | "provider" | "consumer">;

function changesOf(was: Signed, is: Signed, before: Compared, after: Compared): Change[] {
  const parts: Part[] = [
    ...stateChanges(was.agreement, is.agreement),
    ...grantChanges(was.agreement, is.agreement, before, after),
    ...limitChanges(was.agreement, is.agreement),
    ...dutyChanges(was.agreement, is.agreement),
    ...operationChanges(was, is),
  ];
  const head = headOf(is);
  // Whatever is granted is part of the meaning: where that is what changed, it is said already.
  const isSaid = parts.some(({ of }) => ["grant", "field", "filter", "argument"].includes(of));
  if (was.agreement.meaning !== is.agreement.meaning && !isSaid)
    parts.push({ effect: "renews", of: "meaning", before: was.agreement.meaning, after: is.agreement.meaning });
  return parts.map((part) => ({ ...head, ...part }));
}

function stateChanges(was: Agreement, is: Agreement): Part[] {
  const parts: Part[] = [];
  if (was.state !== is.state)
    parts.push({ effect: is.state === "active" ? "gives" : "takes", of: "state", before: was.state, after: is.state });
  const [from, until] = [compare(was.valid.from, is.valid.from), compare(was.valid.until, is.valid.until)];
  const validity = { of: "validity", before: spanOf(was), after: spanOf(is) } as const;
  if (from > 0 || until < 0) parts.push({ effect: "takes", ...validity });
  else if (from < 0 || until > 0) parts.push({ effect: "gives", ...validity });
  return parts;
}

const spanOf = ({ valid }: Agreement) => `${valid.from} to ${valid.until}`;
/** Positive where the second is later. */
const compare = (a: string, b: string) => Math.sign(Date.parse(b) - Date.parse(a));

function grantChanges(was: Agreement, is: Agreement, before: Compared, after: Compared): Part[] {
  const purposes = [...new Set([...was.grants, ...is.grants].map(({ purpose }) => purpose))];
  return purposes.flatMap((purpose) => {
    const [old, now] = [was, is].map(({ grants }) => grants.find((grant) => grant.purpose === purpose));
    if (!old) return [{ effect: "gives", of: "grant", purpose } as const];
    if (!now) return [{ effect: "takes", of: "grant", purpose } as const];
    return [
      ...termChanges(old, now),
      ...setChanges("field", fieldsOf(old), fieldsOf(now)),
      ...setChanges("filter", old.filters, now.filters),
      ...narrowed(old, now),
      ...released(old, now, before, after),
    ].map((part) => ({ ...part, purpose }));
  });
}

function termChanges(old: AgreementGrant, now: AgreementGrant): Part[] {
  const parts: Part[] = [];
  const basis = (grant: AgreementGrant) => `${grant.basis} (${grant.provision})`;
  if (basis(old) !== basis(now)) {
    // What rested on law and rests on consent now is refused wherever nobody consented.
    const effect = now.basis === "consent" && old.basis !== "consent" ? "takes" : "renews";
    parts.push({ effect, of: "basis", before: basis(old), after: basis(now) });
  }
  if (old.subjects !== now.subjects)
    parts.push({
      effect: now.subjects === "any" ? "gives" : "takes",
      of: "subjects",
      before: old.subjects,
      after: now.subjects,
    });
  return parts;
}

function fieldsOf({ fields }: AgreementGrant): Coordinate[] {
  return Object.entries(fields).flatMap(([type, names]) => names.map((name) => `${type}.${name}` as Coordinate));
}

function setChanges(of: "field" | "filter", old: readonly string[], now: readonly string[]): Part[] {
  const part =
    (effect: Change["effect"]) =>
    (one: string): Part => ({ effect, of, coordinate: one as Coordinate });
  return [
    ...old.filter((one) => !now.includes(one)).map(part("takes")),
    ...now.filter((one) => !old.includes(one)).map(part("gives")),
  ];
}

/** An argument that is narrowed to some of its values; one that is not named may take them all. */
function narrowed(old: AgreementGrant, now: AgreementGrant): Part[] {
  const names = [...new Set([...Object.keys(old.arguments ?? {}), ...Object.keys(now.arguments ?? {})])];
  return names.flatMap((name): Part[] => {
    const [had, has] = [old, now].map(
      ({ arguments: them }) => Object.entries(them ?? {}).find(([it]) => it === name)?.[1],
    );
    const lost = has !== undefined && (had === undefined || had.some((value) => !has.includes(value)));
    const won = had !== undefined && (has === undefined || has.some((value) => !had.includes(value)));
    const about = {
      of: "argument",
      coordinate: name as Coordinate,
      before: had?.join(", ") ?? "all values",
      after: has?.join(", ") ?? "all values",
    } as const;
    return [
      ...(lost ? [{ effect: "takes" as const, ...about }] : []),
      ...(won ? [{ effect: "gives" as const, ...about }] : []),
    ];
  });
}

/** A field that both versions grant, and that the schema no longer has, no longer releases for the purpose, or classes otherwise. */
function released(old: AgreementGrant, now: AgreementGrant, before: Compared, after: Compared): Part[] {
  const kept = fieldsOf(old).filter((field) => fieldsOf(now).includes(field));
  return kept.flatMap((coordinate): Part[] => {
    const [was, is] = [before.rules.get(coordinate), after.rules.get(coordinate)];
    if (was === undefined || is === undefined) return [];
    const [could, can] = [isReleased(was, old), isReleased(is, now)];
    if (could !== can) return [{ effect: can ? "gives" : "takes", of: "field", coordinate }];
    const said = ({ class: it, category = "none" }: CoordinateRule) => `${it}, ${category}`;
    if (said(was) !== said(is))
      return [{ effect: "renews", of: "meaning", coordinate, before: said(was), after: said(is) }];
    return [];
  });
}

function isReleased({ releases }: CoordinateRule, { purpose, basis }: AgreementGrant): boolean {
  const ground = basis.toUpperCase().replaceAll("-", "_");
  return releases.some(({ purposes, bases }) => purposes.includes(purpose) && bases.some((it) => it === ground));
}

function limitChanges({ limits: was }: Agreement, { limits: is }: Agreement): Part[] {
  const limit = (name: string, had: number | undefined, has: number | undefined): Part[] => {
    if (had === has) return [];
    const effect = (has ?? Infinity) < (had ?? Infinity) ? "takes" : "gives";
    return [{ effect, of: "limit", before: `${name} ${had ?? "unlimited"}`, after: `${name} ${has ?? "unlimited"}` }];
  };
  const oldest = was.oldestData === is.oldestData ? [] : [said("limit", "oldestData", was.oldestData, is.oldestData)];
  return [
    ...limit("personsPerRequest", was.personsPerRequest, is.personsPerRequest),
    ...limit("personsPerOfficerDay", was.personsPerOfficerDay, is.personsPerOfficerDay),
    ...oldest,
  ];
}

function dutyChanges({ duties: was }: Agreement, { duties: is }: Agreement): Part[] {
  const names = ["retention", "onward", "records"] as const;
  return names.filter((name) => was[name] !== is[name]).map((name) => said("duty", name, was[name], is[name]));
}

function said(of: ChangeOf, name: string, had: string | undefined, has: string | undefined): Part {
  return { effect: "renews", of, before: `${name} ${had ?? "unsaid"}`, after: `${name} ${has ?? "unsaid"}` };
}

function operationChanges(was: Signed, is: Signed): Part[] {
  const [old, now] = [was.agreement.operations.mode, is.agreement.operations.mode];
  const mode: Part[] =
    old === now ? [] : [{ effect: now === "registered-only" ? "takes" : "gives", of: "mode", before: old, after: now }];
  return [...mode, ...registeredChanges(was.registered ?? [], is.registered ?? [], now)];
}

function registeredChanges(
  was: NonNullable<Signed["registered"]>,
  is: NonNullable<Signed["registered"]>,
  mode: Agreement["operations"]["mode"],
): Part[] {
  const usable = (all: typeof was) =>
    new Map(all.filter(({ suspended }) => !suspended).map((it) => [it.name, it.text]));
  const [had, has] = [usable(was), usable(is)];
  const stopped = new Set(is.filter(({ suspended }) => suspended).map(({ name }) => name));
  // Within the grant an operation that is only no longer registered is answered all the same.
  const gone = [...had].filter(
    ([name, text]) => has.get(name) !== text && (mode === "registered-only" || stopped.has(name)),
  );
  const come = [...has].filter(([name, text]) => had.get(name) !== text && mode === "registered-only");
  return [
    ...gone.map(([name]): Part => ({ effect: "takes", of: "operation", before: name })),
    ...come.map(([name]): Part => ({ effect: "gives", of: "operation", after: name })),
  ];
}
