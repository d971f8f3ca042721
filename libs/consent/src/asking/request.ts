import { type Coordinate, type OrgId, type PartyId, type SubjectRef, WeftError } from "#libs/terms";
import { secondsOf } from "../members.js";
import type { Asked, AskingEvent } from "./event.js";

/** How a request stands, read off its events. Pure. Only `open` is ever shown; all others look the same from outside. */
export type RequestState = "open" | "unheard" | "answered" | "void" | "locked" | "expired";

/** Numbers that do not fit, before a code is worth nothing. */
export const MISTAKES = 5;
/** Days that a request waits unless it says, and at most. */
export const WAITS = 14;
export const WAITS_AT_MOST = 60;
export const DAY = 86_400_000;

export function requestStateOf(events: readonly AskingEvent[], now: Date): RequestState {
  const asked = askedOf(events);
  if (has(events, "given", "refused", "silenced")) return "answered";
  if (has(events, "relation-ended")) return "void";
  if (asked === undefined || asked.unheard) return "unheard";
  const count = (wanted: AskingEvent["type"]) => events.filter(({ type }) => type === wanted).length;
  if (count("tried") - count("viewed") >= MISTAKES) return "locked";
  return now.getTime() / 1000 >= secondsOf(asked.expires) ? "expired" : "open";
}

/** How it stands with the silence that came of a request; undefined where none did, or where a guardian's time is over. */
export type SilenceState = "silent" | "heard" | "locked";

export function silenceStateOf(events: readonly AskingEvent[], now: Date): SilenceState | undefined {
  const asked = askedOf(events);
  const since = events.findIndex(({ type }) => type === "silenced");
  if (asked === undefined || since < 0) return undefined;
  const guardianIsOver = has(events, "relation-ended") || now.getTime() / 1000 >= secondsOf(asked.until);
  if (asked.guardian !== undefined && guardianIsOver) return undefined;
  if (events.slice(since).filter(({ type }) => type === "tried").length >= MISTAKES) return "locked";
  return has(events, "heard-again") ? "heard" : "silent";
}

function has(events: readonly AskingEvent[], ...types: readonly AskingEvent["type"][]): boolean {
  return events.some(({ type }) => types.includes(type));
}

/** Who answers: the person, or who was named as their guardian and nobody else. */
export const answererOf = ({ guardian, principal }: Asked): SubjectRef => guardian ?? principal;

export function askedOf(events: readonly AskingEvent[]): Asked | undefined {
  const [first] = events;
  return first?.type === "asked" ? first : undefined;
}

/** What the register knows of the asker and the person at the moment of asking. */
export interface AskingFacts {
  readonly byOfficer: number;
  readonly byOrganisation: number;
  readonly silenced: boolean;
}

export interface AskLimits {
  readonly officerDay: number;
  readonly organisationDay: number;
}

/** Limits depend on who asks; whether the person has silenced them decides only whether it is ever shown. Throws LIMIT_EXCEEDED. */
export function judgeAsked(asked: Omit<Asked, "unheard">, facts: AskingFacts, limits: AskLimits): Asked {
  if (facts.byOfficer >= limits.officerDay || facts.byOrganisation >= limits.organisationDay)
    throw new WeftError("LIMIT_EXCEEDED", { message: "So many consents were asked for today." });
  return { ...asked, unheard: facts.silenced };
}

/** When a request ends that was made now; throws REQUEST_MALFORMED where it would end before it began, or wait too long. */
export function expiryOf(wanted: string | undefined, until: string, now: Date): Date {
  const usual = new Date(Math.min(now.getTime() + WAITS * DAY, Date.parse(until)));
  const expires = wanted === undefined ? usual : new Date(wanted);
  const latest = Math.min(now.getTime() + WAITS_AT_MOST * DAY, Date.parse(until));
  if (expires <= now || expires.getTime() > latest)
    throw new WeftError("REQUEST_MALFORMED", { detail: "asking: period" });
  return expires;
}

/** What the person ticked of what was asked. Undefined where that is nothing, or anything else. */
export function narrowedTo(asked: readonly Coordinate[], ticked: readonly string[]): readonly Coordinate[] | undefined {
  const wanted = new Set(ticked);
  const fields = asked.filter((field) => wanted.has(field));
  return fields.length > 0 && fields.length === wanted.size ? fields : undefined;
}

/** Who asked, as far as limits go. */
export interface Asker {
  readonly organisation: OrgId;
  readonly officer: PartyId;
}
