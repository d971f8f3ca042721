import { type Digest, digestOf, jcs } from "#libs/terms";
import { z } from "zod";
import type { RegisterHead } from "../chain.js";
import { coordinates, digest, instant, officer, org, purpose, recordId, subjectRef } from "../members.js";
import { damaged } from "../record.js";
import { codeHash } from "./code.js";

/**
 * What happened to a request for a consent, and to the codes that take consents back. Nothing of it is ever changed; how a request
 * stands is read off its events. `thread` is the request and, once given, the consent record that came of it.
 */
const header = { thread: recordId, n: z.int().min(1), at: instant };
const language = z.string().regex(/^[a-z]{2,3}$/);
const notice = digest.describe("Of the words that the person was shown.");

export const AskingEvent = z.discriminatedUnion("type", [
  z.strictObject({
    ...header,
    type: z.literal("asked"),
    code: codeHash,
    principal: subjectRef,
    organisation: org,
    officer,
    purpose,
    fields: coordinates.min(1),
    until: instant,
    expires: instant,
    case: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/)
      .optional(),
    unheard: z.boolean().describe("The person had silenced the organisation: it is never shown."),
    guardian: subjectRef.optional().describe("Who answers for the person."),
    guardianship: digest.optional().describe("Of the paper by which the officer knows that."),
  }),
  z
    .strictObject({ ...header, type: z.literal("tried") })
    .describe("The code was entered; whose number with it comes after."),
  z.strictObject({ ...header, type: z.literal("viewed"), notice, language }),
  z.strictObject({ ...header, type: z.literal("given"), fields: coordinates.min(1), notice, language }),
  z.strictObject({ ...header, type: z.literal("refused") }),
  z
    .strictObject({ ...header, type: z.literal("silenced"), principal: subjectRef, organisation: org })
    .describe("Refused, and the organisation is not to ask again."),
  z
    .strictObject({
      ...header,
      type: z.literal("heard-again"),
      principal: subjectRef,
      whom: org,
      organisation: org.optional(),
      officer: officer.optional(),
      evidence: digest.optional(),
    })
    .describe("It may ask again; at whose counter and by which paper, where it was at one."),
  z.strictObject({ ...header, type: z.literal("relation-ended") }).describe("Its guardian is no longer one."),
  z.strictObject({ ...header, type: z.literal("code-issued"), code: codeHash }),
  z
    .strictObject({
      ...header,
      type: z.literal("taken-back"),
      organisation: org.optional(),
      officer: officer.optional(),
    })
    .describe("By the printed code; at whose counter, where it was at one."),
  z.strictObject({ ...header, type: z.literal("code-unknown"), organisation: org, officer }),
]);
export type AskingEvent = Readonly<z.infer<typeof AskingEvent>>;
export type Asked = Extract<AskingEvent, { type: "asked" }>;

export const printEvent = (event: AskingEvent): string => jcs(event);

/** Throws REGISTER_DAMAGED where the text is not what `printEvent` would print. */
export function parseEvent(text: string): AskingEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw damaged("an event of asking is not JSON");
  }
  const read = AskingEvent.safeParse(parsed);
  if (!read.success || printEvent(read.data) !== text) throw damaged("an event of asking is not in its own form");
  return read.data;
}

export const emptyAsking: RegisterHead = { size: 0, chain: digestOf("weft-consent-asking-1") };

export function linkedEvent({ size, chain }: RegisterHead, event: AskingEvent): RegisterHead {
  return { size: size + 1, chain: digestOf(jcs([chain, digestOf(printEvent(event))])) };
}

/** Walks all events. Throws REGISTER_DAMAGED as `verifyChain` does for the records. */
export async function verifyEvents(
  events: AsyncIterable<AskingEvent>,
  head: RegisterHead,
  noted: RegisterHead = emptyAsking,
): Promise<void> {
  const last = new Map<string, number>();
  let at = emptyAsking;
  let passed: Digest | undefined = noted.size === 0 ? noted.chain : undefined;
  for await (const event of events) {
    // Written by another process after the head was read.
    if (at.size === head.size) break;
    if (event.n !== (last.get(event.thread) ?? 0) + 1) throw damaged("an event of asking does not follow");
    last.set(event.thread, event.n);
    at = linkedEvent(at, event);
    if (at.size === noted.size) passed = at.chain;
  }
  if (at.size !== head.size || at.chain !== head.chain) throw damaged("the events of asking do not lead to their head");
  if (passed !== noted.chain) throw damaged("asking does not begin with what it was before");
}
