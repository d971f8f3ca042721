import { WeftError } from "#libs/terms";

/** At most `size` at once. Who waits longer than `queue` milliseconds is told so. */
export class Turns {
  #free: number;
  #waiting: (() => void)[] = [];

  constructor(
    size: number,
    private readonly queue: number,
  ) {
    this.#free = size;
  }

  /** `work` counts until it has ended, whoever still waits for it. */
  async run<T>(work: () => Promise<T>): Promise<{ readonly done: Promise<T> }> {
    if (this.#free > 0) this.#free--;
    else await this.#turn();
    const done = work();
    void done.catch(() => undefined).finally(() => this.#next());
    return { done };
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }

  #turn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const timer = setTimeout(() => {
      this.#waiting = this.#waiting.filter((each) => each !== resolve);
      reject(new WeftError("SOURCE_UNAVAILABLE", { detail: "no free turn", retryAfter: 5 }));
    }, this.queue);
    return promise.finally(() => clearTimeout(timer));
  }
}
