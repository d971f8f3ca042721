import type { Coordinate, OrgId } from "#libs/terms";
import type { Decision, DenyReason, Grant, Question, UsedArgument, Verdict } from "./decision.js";
import { type Rule, fieldGranted, fieldRules, firstBroken, namesPurpose, purposeReleased } from "./field-rules.js";
import { type CompiledGrant, isInForce, opens } from "./grant.js";
import { type Policy, findRule, grantsBetween } from "./policy.js";
import { type Refusal, findOtherPurpose, remedyFor } from "./remedy.js";
import type { CoordinateRule } from "./rule.js";

/**
 * The rules of the decision, from the first to the last. The first one broken names the refusal; a coordinate that breaks none is
 * permitted, and on the basis of consent permitted if the person consents. What no rule speaks about is refused.
 */
interface Standing {
  readonly question: Question;
  readonly compiled: CompiledGrant | undefined;
}

const agreementInForce: Rule<Standing> = {
  name: "agreement-in-force",
  code: "AGREEMENT_INACTIVE",
  says: "An agreement of the two organisations for the purpose is active, within its dates, and not left out by the token.",
  holds: ({ compiled }) => compiled !== undefined,
};

const operationRegistered: Rule<Standing> = {
  name: "operation-registered",
  code: "OPERATION_NOT_REGISTERED",
  says: "Where the agreement is registered-only, the operation is registered under it; one that the provider suspended is refused.",
  holds: ({ question, compiled }) =>
    compiled?.signed.suspended?.has(question.operation) !== true &&
    (compiled?.signed.agreement.operations.mode === "within-grant" ||
      compiled?.signed.operations.has(question.operation) === true),
};

const caseNamed: Rule<Standing> = {
  name: "case-named",
  code: "CASE_REQUIRED",
  says: "Where the grant is about applicants, the request names a case.",
  holds: ({ question, compiled }) => compiled?.subjects === "any" || question.caseId !== undefined,
};

/** One coordinate of one question, under a grant whose field rules it has passed. */
interface Use {
  readonly field: CoordinateRule;
  readonly compiled: CompiledGrant;
  readonly question: Question;
  readonly used: readonly UsedArgument[];
  readonly policy: Policy;
  readonly persons: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const argumentsGranted: Rule<Use> = {
  name: "arguments-granted",
  code: "ARGUMENT_NOT_IN_AGREEMENT",
  says: "Every filter is granted and reads a granted field; every threshold is one of the agreed list; a filter that the grant narrows is used.",
  holds: ({ field, used, compiled, policy }) =>
    used.every((it) => isGranted(it, compiled, policy)) && usesNarrowed(field, used, compiled),
};

const listBounded: Rule<Use> = {
  name: "list-bounded",
  code: "LIMIT_EXCEEDED",
  says: "A list says how many rows it asks for.",
  holds: ({ field, question }) =>
    field.kind !== "entry" || question.entries.some(({ entry }) => entry === field.coordinate),
};

const personsWithinLimit: Rule<Use> = {
  name: "persons-within-limit",
  code: "LIMIT_EXCEEDED",
  says: "Persons named and rows asked for are together no more than the agreement's persons per request.",
  holds: ({ persons, compiled }) => persons <= compiled.grant.limits.personsPerRequest,
};

const alonePerEmergency: Rule<Use> = {
  name: "one-person-in-an-emergency",
  code: "LIMIT_EXCEEDED",
  says: "On the basis of vital interest a request names one person and asks for no list, whatever the agreement's limit is.",
  holds: ({ question, compiled }) =>
    !isEmergency(compiled) || (question.persons === 1 && question.entries.length === 0),
};

const reasonGiven: Rule<Use> = {
  name: "reason-given",
  code: "REASON_REQUIRED",
  says: "On the basis of vital interest the officer says why, for whoever reviews it.",
  holds: ({ question, compiled }) => !isEmergency(compiled) || question.isReasoned === true,
};

/** The last: nobody is sent to sign in again for what would be refused all the same. */
const signedInStrongly: Rule<Use> = {
  name: "signed-in-strongly",
  code: "STEP_UP_REQUIRED",
  says: "On the basis of vital interest the officer signed in as the registry calls strong, and lately.",
  holds: ({ question, compiled, policy, now }) => !isEmergency(compiled) || isStrong(question, policy, now),
};

function isEmergency({ grant }: CompiledGrant): boolean {
  return grant.basis === "VITAL_INTEREST";
}

/** Seconds of difference between two clocks that are still the same time. */
const SKEW = 5;

function isStrong({ signIn }: Question, { strongSignIn }: Policy, now: number): boolean {
  if (signIn === undefined || strongSignIn === undefined || !strongSignIn.acr.includes(signIn.acr)) return false;
  const age = now / 1000 - signIn.authTime;
  return age >= -SKEW && age <= strongSignIn.maxAge + SKEW;
}

const agreementRules: readonly Rule<Standing>[] = [agreementInForce, operationRegistered, caseNamed];
const useRules: readonly Rule<Use>[] = [
  argumentsGranted,
  listBounded,
  personsWithinLimit,
  alonePerEmergency,
  reasonGiven,
  signedInStrongly,
];
/** All rules in the order in which they are asked; the README's table is checked against it. */
export const rules: readonly Omit<Rule<never>, "holds">[] = [...agreementRules, ...fieldRules, ...useRules];

/**
 * Judges every touched coordinate of a question: the gateway before anything is fetched, each adapter again from its own copy.
 * Pure: the answer depends on the three arguments and on nothing else.
 */
export function decide(question: Question, policy: Policy, now: Date): Decision {
  const desk = openDesk(question, policy, now);
  const verdicts = new Map<Coordinate, Verdict>();
  for (const coordinate of question.coordinates) verdicts.set(coordinate, judge(coordinate, desk));
  return { verdicts, agreements: desk.agreements };
}

interface AgreedStanding {
  readonly compiled: CompiledGrant | undefined;
  readonly broken: DenyReason | undefined;
}

/** What one question needs more than once. */
interface Desk {
  readonly question: Question;
  readonly policy: Policy;
  readonly now: number;
  readonly persons: number;
  readonly used: ReadonlyMap<string, readonly UsedArgument[]>;
  readonly standings: Map<OrgId, AgreedStanding>;
  readonly agreements: Map<OrgId, Grant>;
}

function openDesk(question: Question, policy: Policy, now: Date): Desk {
  return {
    question,
    policy,
    now: now.getTime(),
    persons: personsOf(question),
    used: groupByField(question.arguments),
    standings: new Map<OrgId, AgreedStanding>(),
    agreements: new Map<OrgId, Grant>(),
  };
}

function judge(coordinate: Coordinate, desk: Desk): Verdict {
  const field = findRule(desk.policy, coordinate);
  if (field === undefined) return unknownCoordinate;
  const used = desk.used.get(coordinate) ?? noArguments;
  if (field.kind === "reference") return readsNothing;
  if (field.kind === "structural") return judgeStructure(used, desk.policy);

  const { compiled, broken } = standingWith(field.controller, desk);
  if (compiled === undefined) return deny(codeWithoutAgreement(field, desk), field, desk);
  if (broken !== undefined) return deny(broken, field, desk, compiled);
  const finding = compiled.findings.get(coordinate);
  if (finding !== null) return deny(finding ?? fieldGranted.code, field, desk, compiled);
  const { question, policy, persons, now } = desk;
  const misused = firstBroken(useRules, { field, compiled, question, used, policy, persons, now });
  return misused === undefined ? compiled.permission : deny(misused.code, field, desk, compiled);
}

const unknownCoordinate: Verdict = Object.freeze({ effect: "deny", code: fieldGranted.code, remedy: null });
const readsNothing: Verdict = Object.freeze({ effect: "permit", grant: null });
const noArguments: readonly UsedArgument[] = [];

function standingWith(provider: OrgId, desk: Desk): AgreedStanding {
  const known = desk.standings.get(provider);
  if (known !== undefined) return known;
  const { question, policy, now } = desk;
  const compiled = grantsBetween(policy, question.consumer, provider).find(
    (it) => it.grant.purpose === question.purpose && isInForce(it, now) && !isLeftOut(it, question),
  );
  const standing = { compiled, broken: firstBroken(agreementRules, { question, compiled })?.code };
  desk.standings.set(provider, standing);
  if (compiled !== undefined) desk.agreements.set(provider, compiled.grant);
  return standing;
}

function isLeftOut(compiled: CompiledGrant, { narrowedTo }: Question): boolean {
  return narrowedTo !== undefined && !narrowedTo.includes(compiled.grant.agreement);
}

/**
 * Without an agreement for the purpose the field itself may still say more: that its ministry never releases it for this purpose,
 * or that the two have agreed on it for another one.
 */
function codeWithoutAgreement(field: CoordinateRule, desk: Desk): DenyReason {
  const { question, policy } = desk;
  const agreed = grantsBetween(policy, question.consumer, field.controller).some(
    (it) => it.grant.purpose === question.purpose,
  );
  if (agreed) return agreementInForce.code;
  if (!namesPurpose(field, question.purpose, policy.shape)) return purposeReleased.code;
  return findOtherPurpose(field, desk) === undefined ? agreementInForce.code : purposeReleased.code;
}

/** Structure belongs to no agreement, so nothing can grant it a filter: paging is all that it takes. */
function judgeStructure(used: readonly UsedArgument[], policy: Policy): Verdict {
  const pages = used.every((it) => policy.arguments.get(it.argument)?.kind === "paging");
  return pages ? readsNothing : { effect: "deny", code: argumentsGranted.code, remedy: null };
}

function isGranted({ argument, values }: UsedArgument, compiled: CompiledGrant, policy: Policy): boolean {
  const rule = policy.arguments.get(argument);
  if (rule === undefined) return false;
  if (rule.touches !== undefined && !opens(compiled, rule.touches)) return false;
  if (rule.kind === "filter" && !compiled.filters.has(argument)) return false;
  if (rule.kind === "threshold" && values === null) return false;
  const left = compiled.narrowed.get(argument);
  return left === undefined || (values !== null && values.length > 0 && values.every((value) => left.has(value)));
}

/** Without its narrowed filter a list would hold the rows that the agreement leaves out. */
function usesNarrowed(field: CoordinateRule, used: readonly UsedArgument[], { narrowed }: CompiledGrant): boolean {
  if (narrowed.size === 0) return true;
  const filters = field.arguments.filter(({ kind }) => kind === "filter");
  const names = filters.map(({ name }) => `${field.coordinate}(${name}:)`).filter((name) => narrowed.has(name));
  return names.every((name) => used.some(({ argument }) => argument === name));
}

/** Every row of a list may be a person, and those persons reach every ministry asked beneath it. */
function personsOf({ persons, entries }: Question): number {
  const counts = [persons, ...entries.map(({ first }) => first)];
  return counts.every((it) => Number.isSafeInteger(it) && it >= 0) ? counts.reduce((sum, it) => sum + it, 0) : Infinity;
}

function groupByField(used: readonly UsedArgument[]): Desk["used"] {
  const grouped = new Map<string, UsedArgument[]>();
  for (const it of used) {
    const field = it.argument.slice(0, it.argument.indexOf("("));
    const others = grouped.get(field);
    if (others === undefined) grouped.set(field, [it]);
    else others.push(it);
  }
  return grouped;
}

function deny(code: DenyReason, field: CoordinateRule, desk: Desk, compiled?: CompiledGrant): Verdict {
  const refusal: Refusal = { code, field, compiled, question: desk.question, policy: desk.policy, now: desk.now };
  return { effect: "deny", code, remedy: remedyFor(refusal) };
}
