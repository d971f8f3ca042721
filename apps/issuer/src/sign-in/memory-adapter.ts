import { LRUCache } from "lru-cache";
import type { Adapter, AdapterPayload } from "oidc-provider";

/** What the library keeps between the steps of a sign-in, in this process alone and for minutes: for the sandbox. */
export function memoryAdapter(): (kind: string) => Adapter {
  const kept = new LRUCache<string, AdapterPayload>({ max: 5_000, ttl: 10 * 60_000 });
  const uids = new LRUCache<string, string>({ max: 5_000 });
  return (kind) => {
    const nameOf = (id: string) => `${kind} ${id}`;
    return {
      async upsert(id, payload, seconds) {
        kept.set(nameOf(id), payload, seconds === undefined ? {} : { ttl: seconds * 1000 });
        if (payload.uid !== undefined) uids.set(nameOf(payload.uid), id);
      },
      find: async (id) => kept.get(nameOf(id)),
      findByUid: async (uid) => kept.get(nameOf(uids.get(nameOf(uid)) ?? "")),
      findByUserCode: async () => undefined,
      async consume(id) {
        const payload = kept.get(nameOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void kept.delete(nameOf(id)),
      async revokeByGrantId(grantId) {
        for (const [name, payload] of kept.entries()) if (payload.grantId === grantId) kept.delete(name);
      },
    };
  };
}
