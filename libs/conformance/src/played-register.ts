import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConsentReceipt, signReceipt, signStatusList, StatusList, verifyAssertion } from "#libs/consent";
import { type Coordinate, type PurposeCode, random16, type SubjectRef } from "#libs/terms";
import type { PlannedReceipt } from "./people.js";
import { signerOf, type TrialKeys } from "./keys.js";
import { ADAPTER, PROVIDER, REGISTER } from "./names.js";

/** The consent register of the trial country. What it once said stays said, as with the log. */
export interface PlayedRegister {
  /** Hands out one receipt more; returns its place in the status list. */
  give(person: SubjectRef, receipt: PlannedReceipt): number;
  readonly withdraw: (place: number) => void;
  /** False: it answers nothing. */
  answers: boolean;
  /** Until the adapter has read all that there is, or so many milliseconds. */
  untilRead(patience: number): Promise<void>;
  /** How often the adapter has read the status list. */
  readonly looks: () => number;
  get(path: string, query: URLSearchParams, authorization: string | undefined): Promise<RegisterAnswer>;
}

export interface RegisterAnswer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

interface Kept {
  readonly receipts: string[];
  readonly ended: number[];
  next: number;
}

const JSON_TYPE = "application/json";
const PAGE = 500;
const HOUR = 3600;
const FOR_EVER = 20 * 365 * 24 * HOUR;

export function openPlayedRegister(keys: TrialKeys, url: string, file: string): PlayedRegister {
  const signer = signerOf(keys, "register-1");
  const kept = readKept(file);
  const write = (line: object) => appendFileSync(file, `${JSON.stringify(line)}\n`);
  let [looks, readTo] = [0, 0];
  let bell = Promise.withResolvers<void>();
  const register: PlayedRegister = {
    answers: true,
    looks: () => looks,
    async untilRead(patience) {
      const until = performance.now() + patience;
      while (readTo < kept.receipts.length && performance.now() < until) await sleep(20);
    },
    give(person, planned) {
      const place = kept.next++;
      const receipt = signReceipt(receiptOf(person, planned, place, `${url}/status/1`), signer);
      kept.receipts.push(receipt);
      write({ receipt, place });
      bell.resolve();
      bell = Promise.withResolvers();
      return place;
    },
    withdraw: (place) => {
      kept.ended.push(place);
      write({ ended: place });
    },
    async get(path, query, authorization) {
      if (path === "/status/1") {
        looks += 1;
        const list = StatusList.of(kept.ended, "invalid");
        const issuedAt = Math.floor(Date.now() / 1000);
        const text = signStatusList({ list, uri: `${url}/status/1`, issuedAt }, REGISTER, signer);
        return { status: 200, text, type: "application/statuslist+jwt" };
      }
      if (path !== "/feed") return { status: 404, text: "{}", type: JSON_TYPE };
      if (!isAdapter(authorization, keys, url)) return { status: 401, text: "{}", type: JSON_TYPE };
      const after = Number(query.get("after") ?? 0);
      readTo = Math.max(readTo, after);
      if (kept.receipts.length <= after) await waitFor(bell.promise, Number(query.get("wait") ?? 0));
      const receipts = kept.receipts.slice(after, after + PAGE);
      const page = { receipts, cursor: after + receipts.length, total: kept.receipts.length };
      return { status: 200, text: JSON.stringify(page), type: JSON_TYPE };
    },
  };
  return register;
}

function receiptOf(person: SubjectRef, planned: PlannedReceipt, idx: number, uri: string): ConsentReceipt {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: REGISTER,
    iat: now,
    nbf: now + (planned.from ?? -HOUR),
    exp: now + (planned.until ?? FOR_EVER),
    jti: random16(),
    record_id: random16(),
    record_version: 1,
    aud: PROVIDER,
    sub: person,
    ...(planned.uses !== undefined && { frequency: { uses: planned.uses } }),
    status: { status_list: { idx, uri } },
    kind: planned.kind,
    recipient: planned.recipient,
    purposes: planned.purposes as PurposeCode[],
    coordinates: planned.coordinates as Coordinate[],
  } as ConsentReceipt;
}

function isAdapter(authorization: string | undefined, keys: TrialKeys, url: string): boolean {
  const [scheme, assertion = ""] = (authorization ?? "").split(" ");
  const adapter = { iss: ADAPTER as string, provider: PROVIDER, key: createPublicKey(keys["trial-adapter-1"]) };
  const expected = { audience: url, call: "GET /feed", mustBeBound: false } as const;
  try {
    verifyAssertion(assertion, (kid) => (kid === "trial-adapter-1" ? adapter : undefined), expected, new Date());
    return scheme === "Bearer";
  } catch {
    return false;
  }
}

async function waitFor(bell: Promise<void>, seconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(seconds, 25) * 1000)));
  await Promise.race([bell, end]);
  clearTimeout(timer);
}

function readKept(file: string): Kept {
  const kept: Kept = { receipts: [], ended: [], next: 1 };
  if (!existsSync(file)) return kept;
  for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
    const { receipt, place, ended } = JSON.parse(line) as { receipt?: string; place?: number; ended?: number };
    if (receipt !== undefined) kept.receipts.push(receipt);
    if (place !== undefined) kept.next = place + 1;
    if (ended !== undefined) kept.ended.push(ended);
  }
  return kept;
}
