import type { ClientTls } from "#libs/server";
import { type OrgId, WeftError } from "#libs/terms";
import { Provider, type ProviderLimits } from "./provider.js";

interface Known {
  readonly url: string;
  readonly provider: Provider;
}

/** Every ministry's adapter by organisation. Pools outlive a change of contracts; an adapter whose URL changed gets a new pool. */
export class Providers {
  readonly #limits: ProviderLimits;
  readonly #tls: ClientTls | undefined;
  readonly #onBreaker: (org: OrgId, state: "open" | "halfOpen" | "close") => void;
  #providers = new Map<OrgId, Known>();

  constructor(
    limits: ProviderLimits,
    tls: ClientTls | undefined,
    onBreaker: (org: OrgId, state: "open" | "halfOpen" | "close") => void,
  ) {
    this.#limits = limits;
    this.#tls = tls;
    this.#onBreaker = onBreaker;
  }

  /** Takes over a new set of adapters whole. */
  use(urls: ReadonlyMap<OrgId, string>): void {
    const previous = this.#providers;
    this.#providers = new Map([...urls].map(([org, url]) => [org, this.#keepOrOpen(org, url, previous)]));
    for (const [org, { provider }] of previous) {
      if (this.#providers.get(org)?.provider !== provider) void provider.close();
    }
  }

  get(org: OrgId): Provider {
    const found = this.#providers.get(org);
    if (!found) throw new WeftError("SOURCE_UNAVAILABLE", { detail: `no adapter known for ${org}` });
    return found.provider;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#providers.values()].map(({ provider }) => provider.close()));
  }

  #keepOrOpen(org: OrgId, url: string, previous: ReadonlyMap<OrgId, Known>): Known {
    const known = previous.get(org);
    if (known?.url === url) return known;
    const provider = new Provider(org, new URL(url), this.#limits, this.#tls);
    provider.breaker.on("open", () => this.#onBreaker(org, "open"));
    provider.breaker.on("halfOpen", () => this.#onBreaker(org, "halfOpen"));
    provider.breaker.on("close", () => this.#onBreaker(org, "close"));
    return { url, provider };
  }
}
