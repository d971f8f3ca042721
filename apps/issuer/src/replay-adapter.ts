import { type Adapter, type AdapterPayload, errors } from "oidc-provider";
import type { Issuer } from "./issuer.js";

/**
 * The library stores one kind of thing here: that an assertion or a proof was used. Tokens are signed and forgotten, clients come from the
 * organisation's file, and any other kind of thing has no place.
 */
export function replayAdapter({ iss, used, now }: Issuer): (kind: string) => Adapter {
  return (kind) => (kind === "ReplayDetection" ? { ...nowhere, ...replays() } : nowhere);

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
