import type { Contracts } from "#libs/contracts";
import type { KeysAnswer } from "./api.js";

/** Every key that a record may be signed with, whatever its time: an old record was signed with an old key. */
export function keysOf({ logs, witnesses, gateways, reviews = [], organisations }: Contracts["registry"]): KeysAnswer {
  const servers = [...gateways, ...reviews].flatMap(({ id, keys }) => keys.map((key) => ({ ...key, id })));
  const adapters = Object.values(organisations).flatMap(({ keys }) => keys.filter(({ use }) => use === "adapter"));
  return {
    logs: logs.map(({ vkey }) => vkey),
    witnesses: witnesses.vkeys,
    issuers: [...servers, ...adapters].flatMap(({ id, kid, jwk }) => {
      const { x } = jwk as { readonly x?: string };
      return id === undefined || x === undefined ? [] : [{ iss: id, kid, x }];
    }),
  };
}
