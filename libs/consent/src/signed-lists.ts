import type { OrgId, Signer } from "#libs/terms";
import { StatusList, signStatusList } from "./status-list.js";
import type { ConsentStorage } from "./storage.js";

interface ListParts {
  readonly storage: Pick<ConsentStorage, "head" | "lists" | "ended">;
  readonly signer: Signer;
  readonly keeper: OrgId;
  readonly statusUri: string;
}

/**
 * The register's status lists, signed anew while its storage answers: a list that could not be compared with what is kept is left to
 * grow old, and adapters then deny.
 */
export class SignedLists {
  readonly #parts: ListParts;
  #size = -1;
  #lists = new Map<number, StatusList>();
  #signed: ReadonlyMap<number, string> = new Map();
  #signedAt = 0;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(parts: ListParts) {
    this.#parts = parts;
  }

  find(list: number): string | undefined {
    return this.#signed.get(list);
  }

  /** Milliseconds since the lists were signed; what is old says nothing. */
  age(now: Date): number {
    return now.getTime() - this.#signedAt;
  }

  /** What was written before the call is in what is signed when it resolves. */
  sign(now: () => Date): Promise<void> {
    this.#again = true;
    this.#running ??= this.#signUntilDone(now);
    return this.#running;
  }

  async #signUntilDone(now: () => Date): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#signOnce(now());
      }
    } finally {
      // In one go with the look at `again`: whoever calls in between would be told too early.
      this.#running = undefined;
    }
  }

  async #signOnce(now: Date): Promise<void> {
    const { storage, signer, keeper, statusUri } = this.#parts;
    const { size } = await storage.head();
    if (size !== this.#size) {
      const lists = new Map<number, StatusList>([[1, new StatusList()]]);
      for (const list of await storage.lists()) lists.set(list, StatusList.of(await storage.ended(list), "invalid"));
      this.#lists = lists;
      this.#size = size;
    }
    const issuedAt = Math.floor(now.getTime() / 1000);
    this.#signedAt = now.getTime();
    this.#signed = new Map(
      [...this.#lists].map(([number, list]) => [
        number,
        signStatusList({ list, uri: `${statusUri}/${number}`, issuedAt }, keeper, signer),
      ]),
    );
  }
}
