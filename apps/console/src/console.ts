import type { LogClient } from "#libs/access-log";
import type {
  Console as Reviewing,
  InvestigationStore,
  RequestStore,
  RevealStore,
  SignInOptions,
  StaffDirectory,
  VigilState,
  WorkStore,
} from "#libs/review";
import type { ConsentCounts } from "./consent-counts.js";
import type { AlertStore } from "#libs/vigilance";
import type { Gate } from "./gate.js";
import type { PortalGate } from "./portal.js";
import type { Houses } from "./houses.js";
import type { World } from "./world.js";

/** All that the endpoints need, put together once in `console.module.ts`. */
export interface ConsoleApp {
  readonly gate: Gate;
  readonly portals: PortalGate;
  /** The way to the log: with a record, or not at all. */
  readonly reviewing: Reviewing;
  readonly log: LogClient;
  /** Undefined where no register is named. */
  readonly consents: ConsentCounts | undefined;
  readonly signIn: SignInOptions;
  readonly reveals: RevealStore;
  readonly investigations: InvestigationStore;
  readonly work: WorkStore;
  readonly alerts: AlertStore;
  /** How far the rules are; undefined where none run. */
  readonly watchState: () => VigilState | undefined;
  /** Houses' own registers. */
  readonly houses: Houses;
  readonly requests: RequestStore;
  readonly staff: StaffDirectory;
  /** By the contracts in force at the moment. */
  readonly world: () => World;
  /** Milliseconds. */
  readonly sessionLife: number;
  readonly now: () => Date;
  readonly onLook: (kind: string) => void;
}

export const CONSOLE = Symbol("Console");
