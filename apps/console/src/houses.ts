import { Agent, request } from "undici";
import type { ClientTls } from "#libs/server";
import { type OrgId, parseOrgId, WeftError } from "#libs/terms";
import type { ConsoleConfig } from "./config.js";

/** What a house's own registers are asked, each by the record of who asks. */
export type Asked = "explain" | "offices" | "relate";

/** The adapters of houses that keep cases, and of the one that knows who lives together. */
export interface Houses {
  /** Those that can be asked about their cases. */
  readonly withCases: readonly string[];
  /** Throws NOT_FOUND for one without a case register, SOURCE_UNAVAILABLE where it does not answer. */
  ask(house: OrgId, what: Exclude<Asked, "relate">, call: object): Promise<unknown>;
  /** Undefined where no such house's address is known here. */
  readonly relate: ((call: object) => Promise<unknown>) | undefined;
  close(): Promise<void>;
}

/** Milliseconds. */
const HOUSE_TIMEOUT = 10_000;

export function openHouses(
  { WEFT_CASE_REGISTERS: addresses, WEFT_HOUSEHOLDS_URL: households }: ConsoleConfig,
  tls: ClientTls | undefined,
): Houses {
  const agent = new Agent({ connections: 2, ...(tls && { connect: tls.connector(HOUSE_TIMEOUT) }) });
  return {
    withCases: Object.keys(addresses),
    async ask(house, what, call) {
      const address = addresses[parseOrgId(house)];
      if (address === undefined) throw new WeftError("NOT_FOUND");
      return post(address, what, call, agent);
    },
    relate: households === undefined ? undefined : (call) => post(households, "relate", call, agent),
    close: () => agent.close(),
  };
}

async function post(address: string, what: Asked, call: object, dispatcher: Agent): Promise<unknown> {
  const { statusCode, body } = await request(`${address.replace(/\/$/, "")}/${what}`, {
    method: "POST",
    dispatcher,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(call),
    headersTimeout: HOUSE_TIMEOUT,
    bodyTimeout: HOUSE_TIMEOUT,
  });
  const answer = await body.json();
  if (statusCode !== 200)
    throw new WeftError("SOURCE_UNAVAILABLE", { detail: `a register of a house answered ${statusCode}` });
  return answer;
}
