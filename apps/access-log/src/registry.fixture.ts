import { noteVerifier } from "#libs/access-log";
import { sandboxKey } from "../../sandbox/src/keys.js";
import type { KnownRegistry } from "./registry.js";

/** What the log of the tests takes from the contracts: one gateway, one adapter, one console. */
export const origin = "log.orvanda.example/qv";
export const { vkey } = noteVerifier(origin, sandboxKey("log-1").privateKey);

const period = { from: "2026-01-01T00:00:00Z", until: "2036-01-01T00:00:00Z" };
export const registry: KnownRegistry = {
  version: 1,
  digest: "sha-256:",
  registry: {
    country: "QV",
    logs: [{ origin, vkey }],
    witnesses: { quorum: 0, vkeys: [] },
    gateways: [
      { id: "gateway:main", keys: [{ kid: "gateway-main-1", jwk: sandboxKey("gateway-main-1").publicJwk, ...period }] },
    ],
    reviews: [
      { id: "review:main", keys: [{ kid: "review-main-1", jwk: sandboxKey("review-main-1").publicJwk, ...period }] },
    ],
    organisations: {
      "org:civil": {
        keys: [
          {
            kid: "civil-adapter-1",
            use: "adapter",
            id: "adapter:civil",
            jwk: sandboxKey("civil-adapter-1").publicJwk,
            ...period,
          },
          { kid: "civil-agreement-1", use: "agreement", jwk: sandboxKey("civil-agreement-1").publicJwk, ...period },
        ],
      },
    },
  },
};
