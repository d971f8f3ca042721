import type { ConsentRegister } from "#libs/consent";
import { type OrgId, WeftError } from "#libs/terms";
import { providersIn } from "./drafts.js";
import type { World } from "./world.js";

/**
 * Who objected to everybody objected to the ministry that joins tomorrow too. A provider's receipts of such restrictions are made before
 * it is given its first page: an adapter that answers has read to the end of its feed, so it never answers without them.
 */
export interface Newcomers {
  /** Once for each provider and process. */
  beforeFeed(provider: OrgId): Promise<void>;
  /** Again for all: another process may have taken down a restriction while it did not know of a newcomer yet. */
  lookAgain(): Promise<void>;
}

export function openNewcomers(register: ConsentRegister, world: () => World, now: () => Date): Newcomers {
  const done = new Map<OrgId, Promise<void>>();
  const extend = async (provider: OrgId): Promise<void> => {
    try {
      await register.extendTo(provider, now());
    } catch (error) {
      if (!(error instanceof WeftError && error.code === "CONSENT_CHANGED")) throw error;
      // Another process extends them at this moment, or one was taken back.
      await register.extendTo(provider, now());
    }
  };
  return {
    beforeFeed(provider) {
      if (!providersIn(world()).includes(provider)) return Promise.resolve();
      const before = done.get(provider);
      if (before) return before;
      const extending = extend(provider);
      done.set(provider, extending);
      extending.catch(() => done.delete(provider));
      return extending;
    },
    async lookAgain() {
      for (const provider of providersIn(world())) await extend(provider);
    },
  };
}
