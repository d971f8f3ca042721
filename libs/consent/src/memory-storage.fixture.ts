import type { AskingStorage } from "./asking/storage.js";
import { type ChainEntry, emptyRegister, linked, type RegisterHead } from "./chain.js";
import type { Change, ConsentStorage, FreePlace, Issue } from "./storage.js";
import { isEverywhere, type ConsentRecord } from "./record.js";
import { hasEnded } from "./transitions.js";

interface Kept extends FreePlace {
  readonly provider: string;
  readonly record: string;
  readonly jwt: string;
}

/** The register's storage for tests of what stands above it; with asking's beside it, where events are written with records. */
export function memoryStorage(
  asking?: Pick<AskingStorage, "write">,
): ConsentStorage & { readonly chain: ChainEntry[]; readonly endedPlaces: Set<number> } {
  const chain: ChainEntry[] = [];
  const receipts: Kept[] = [];
  const endedPlaces = new Set<number>();
  let head: RegisterHead = emptyRegister;
  const versions = (id: string) => chain.map(({ record }) => record).filter(({ record_id }) => record_id === id);
  const newest = (): ConsentRecord[] =>
    [...new Map(chain.map(({ record }) => [record.record_id, record])).values()].filter((one) => !hasEnded(one));
  const change = ({ record, providers, endsEarlier }: Change, issue: Issue) => {
    for (const { idx } of receipts.filter((one) => endsEarlier && one.record === record.record_id))
      endedPlaces.add(idx);
    const added = [...providers].sort().map((provider): Kept => {
      const place = { list: 1, idx: receipts.length };
      const kept = { ...place, provider, record: record.record_id, jwt: issue(record, provider, place) };
      receipts.push(kept);
      return kept;
    });
    const entry = { record, receipts: added.map(({ jwt }) => jwt) };
    chain.push(entry);
    head = linked(head, entry);
  };
  return {
    chain,
    endedPlaces,
    head: async () => head,
    async write(changes, issue, events = []) {
      await asking?.write(events);
      for (const one of changes) change(one, issue);
      return head;
    },
    find: async (id) => versions(id).at(-1),
    history: async (id) => versions(id),
    open: async (principals, guardians) =>
      newest().filter(
        ({ pii_principal_id, guardian_id }) =>
          principals.includes(pii_principal_id) &&
          (guardians === undefined || (guardian_id !== undefined && guardians.includes(guardian_id))),
      ),
    overdue: async (now, limit) =>
      newest()
        .filter(({ pii_processing }) => Date.parse(pii_processing.validity.until) <= now.getTime())
        .slice(0, limit),
    unknownTo: async (provider, now, limit) =>
      newest()
        .filter(isEverywhere)
        .filter(({ pii_processing }) => Date.parse(pii_processing.validity.until) > now.getTime())
        .filter(({ record_id }) => !receipts.some((one) => one.record === record_id && one.provider === provider))
        .slice(0, limit),
    madeBy: async () => 0,
    async feed(provider, after, limit) {
      const own = receipts.filter((one) => one.provider === provider);
      const page = own.slice(after, after + limit).map(({ jwt }) => jwt);
      return { receipts: page, cursor: after + page.length, total: own.length };
    },
    ended: async () => [...endedPlaces],
    lists: async () => [1],
    async *entries() {
      yield* chain;
    },
    undead: async () => 0,
    close: async () => undefined,
  };
}
