import { type Adapter, type AdapterPayload, type ClientMetadata, errors } from "oidc-provider";
import type { Issuer } from "./issuer.js";

export type FindClient = (id: string) => Promise<ClientMetadata | undefined>;

/**
 * The library finds clients here, and stores one kind of thing: that an assertion or a proof was used. Tokens are signed and forgotten, and
 * any other kind of thing has no place.
 */
export function storageAdapter({ iss, used, now }: Issuer, findClient: FindClient): (kind: string) => Adapter {
  return (kind) => {
    if (kind === "Client") return { ...nowhere, find: findClient };
    return kind === "ReplayDetection" ? { ...nowhere, ...replays() } : nowhere;
  };

  function replays(): Pick<Adapter, "find" | "upsert"> {
    return {
      async find(id) {
        return (await used.isUsed(iss, id)) ? { jti: id, kind: "ReplayDetection" } : undefined;
      },
      async upsert(id: string, _payload: AdapterPayload, seconds = 0) {
        const first = await used.use(iss, id, new Date(now().getTime() + seconds * 1000));
        // The library asked before, and another process was faster.
        if (!first) throw new errors.InvalidGrant("used before");
      },
    };
  }
}

const nowhere: Adapter = {
  find: async () => undefined,
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  upsert: () => Promise.reject(new Error("nothing else is stored")),
  consume: () => Promise.reject(new Error("nothing else is stored")),
  destroy: () => Promise.reject(new Error("nothing else is stored")),
  revokeByGrantId: () => Promise.reject(new Error("nothing else is stored")),
};
