import { WeftError } from "#libs/terms";
import { type AskingEvent, emptyAsking, linkedEvent } from "./event.js";
import type { AskingStorage } from "./storage.js";

/** Asking's storage for tests of what stands above it. */
export function memoryAsking(): AskingStorage & { readonly all: AskingEvent[] } {
  const all: AskingEvent[] = [];
  let head = emptyAsking;
  const of = (thread: string | undefined) => all.filter((event) => event.thread === thread);
  const write = (events: readonly AskingEvent[]) => {
    const before = { size: all.length, head };
    for (const event of events) {
      if (event.n !== of(event.thread).length + 1) {
        all.splice(before.size);
        head = before.head;
        throw new WeftError("CONSENT_CHANGED");
      }
      all.push(event);
      head = linkedEvent(head, event);
    }
  };
  return {
    all,
    head: async () => head,
    write: async (events) => write(events),
    ask: async ({ organisation, officer, principals, since }, judge) => {
      const asked = all.filter(
        (event) => event.type === "asked" && event.organisation === organisation && new Date(event.at) > since,
      );
      const silence = all.findLast(
        (event) =>
          (event.type === "silenced" && principals.includes(event.principal) && event.organisation === organisation) ||
          (event.type === "heard-again" && principals.includes(event.principal) && event.whom === organisation),
      );
      const silenced = silence?.type === "silenced";
      const byOfficer = asked.filter((event) => "officer" in event && event.officer === officer).length;
      write([judge({ byOfficer, byOrganisation: asked.length, silenced })]);
    },
    byCode: async (codes) => of(all.find((event) => "code" in event && codes.includes(event.code))?.thread),
    events: async (thread) => of(thread),
    askedOf: async (principals, guardians) =>
      all.flatMap((event) =>
        event.type === "asked" &&
        principals.includes(event.principal) &&
        event.guardian !== undefined &&
        guardians.includes(event.guardian)
          ? [event.thread]
          : [],
      ),
    countBy: async (type, { organisation, officer }, since) =>
      all.filter(
        (event) =>
          event.type === type &&
          "officer" in event &&
          event.organisation === organisation &&
          event.officer === officer &&
          new Date(event.at) > since,
      ).length,
    async *entries() {
      yield* all;
    },
    close: async () => undefined,
  };
}
