import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "./cases.js";
import type { World } from "./world.js";

/** How the world is while a case runs: `make` it so, and `mend` it afterwards. */
interface Circumstance {
  make(world: World, consents: Consents, about: readonly string[]): Promise<void>;
  mend(world: World): void;
}

/** The receipts that cases give and take back. */
export interface Consents {
  /** Those of this person that are marked `later`. */
  readonly give: (name: string) => void;
  readonly withdraw: (name: string) => void;
}

/** Milliseconds: beyond the ten seconds after which a register that does not answer is not relied on. */
const SILENCE = 11_500;
const PATIENCE = 8_000;

export const circumstanceOf: Readonly<Record<NonNullable<Case["given"]>, Circumstance>> = {
  "a log that no witness has cosigned": {
    make: async (world) => showOnly(world, "never"),
    mend: (world) => void (world.log.witnessed = "now"),
  },
  "a log that was cosigned long ago": {
    make: async (world) => showOnly(world, "long ago"),
    mend: (world) => void (world.log.witnessed = "now"),
  },
  "a silent log": {
    make: (world) => Promise.resolve(void (world.log.answers = false)),
    mend: (world) => void (world.log.answers = true),
  },
  "a register silent for ten seconds": {
    async make(world) {
      world.register.answers = false;
      await sleep(SILENCE);
    },
    mend: (world) => void (world.register.answers = true),
  },
  "a consent given just now": {
    async make({ register }, consents, about) {
      about.forEach(consents.give);
      await register.untilRead(PATIENCE);
    },
    mend: () => undefined,
  },
  "a consent taken back": {
    async make({ register }, consents, about) {
      about.forEach(consents.withdraw);
      await untilMore(register.looks, 2);
    },
    mend: () => undefined,
  },
};

/** Before the adapter is ready for the first time: afterwards it has seen a cosigned checkpoint, and rests on it for ten minutes. */
export function isBeforeReady({ given }: Case): boolean {
  return given === "a log that no witness has cosigned" || given === "a log that was cosigned long ago";
}

async function showOnly({ log, register }: World, witnessed: World["log"]["witnessed"]): Promise<void> {
  log.witnessed = witnessed;
  await Promise.all([untilMore(log.looks, 4), untilMore(register.looks, 2)]);
}

/** Until the adapter has looked so many times more, or long enough. */
async function untilMore(looks: () => number, times: number): Promise<void> {
  const [before, until] = [looks(), performance.now() + PATIENCE];
  while (looks() < before + times && performance.now() < until) await sleep(100);
  await sleep(200);
}
