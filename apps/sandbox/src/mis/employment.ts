import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from "node:crypto";
import { jcs, sha256 } from "#libs/terms";
import type { JobseekerRecord } from "./jobseekers.js";
import { readLines } from "./lines.js";
import { type Call, type Reply, type RestService, sameSecret, serveRest } from "./rest-service.js";

/**
 * The employment service's register, a process of its own, behind the registry interface of the Digital Convergence Initiative: every
 * message signed, whole records, no choice of columns.
 *
 *     POST /registry/sync/search   idtype-value searches by UIN and JSN
 *
 * Environment: PORT, JOBSEEKERS_FILE (one record a line), MIS_SECRET, REGISTRY_KEY (its own, a JWK), ADAPTER_KEY (who may ask, a JWK).
 */
const OWN = "jobs.orvanda.example";
const ASKER = "weft.orvanda.example";
const MOST_SEARCHES = 4000;
const LASTS = 300;

export interface RegistryKeys {
  readonly own: KeyObject;
  readonly asker: KeyObject;
}

interface Search {
  readonly reference_id: string;
  readonly search_criteria: {
    readonly query: { readonly type: string; readonly value: string };
    readonly pagination?: { readonly page_size: number; readonly page_number: number };
  };
}

interface Message {
  readonly signature?: unknown;
  readonly header?: { readonly action?: unknown; readonly sender_id?: unknown };
  readonly message?: { readonly transaction_id?: unknown; readonly search_request?: readonly Search[] };
}

export function employmentService(
  records: readonly JobseekerRecord[],
  secret: string,
  { own, asker }: RegistryKeys,
): RestService {
  const byNumber = Map.groupBy(records, (record) => record.jobseeker_no);
  const byNational = Map.groupBy(records, (record) => record.national_id ?? "");
  const find = ({ reference_id, search_criteria: { query, pagination } }: Search) => {
    const found = (query.type === "UIN" ? byNational : byNumber).get(query.value) ?? [];
    const { page_size: size, page_number: number } = pagination ?? { page_size: 100, page_number: 1 };
    return {
      reference_id,
      timestamp: new Date().toISOString(),
      status: "succ",
      data: { version: "1.0.0", reg_records: found.slice((number - 1) * size, number * size) },
      pagination: { page_size: size, page_number: number, total_count: found.length },
    };
  };
  const search = ({ body }: Call): Reply | undefined => {
    const { signature, header, message } = body as Message;
    const searches = message?.search_request;
    if (!header || header.sender_id !== ASKER || !searches || searches.length > MOST_SEARCHES) return undefined;
    if (!isSigned({ header, message }, signature, asker)) return undefined;
    const answers = searches.map(find);
    const answer = {
      header: {
        version: "1.0.0",
        message_ts: new Date().toISOString(),
        action: "on-search",
        status: "succ",
        sender_id: OWN,
      },
      message: { transaction_id: message.transaction_id, correlation_id: "1", search_response: answers },
    };
    const rows = answers.reduce((sum, { data }) => sum + data.reg_records.length, 0);
    return { json: { signature: signatureOf(answer, own), ...answer }, rows };
  };
  return {
    name: "employment",
    authorised: (headers) => sameSecret(headers.authorization, `Bearer ${secret}`),
    refusal: (status) => ({ errors: [{ code: status === 503 ? "err.busy" : "err.request.refused" }] }),
    routes: { "POST /registry/sync/search": search },
  };
}

/** What is signed: when, until when, and the digest of header and message as canonical JSON. */
function signedText(contents: object, created: number, expires: number): Buffer {
  const digest = sha256(jcs(contents)).toString("base64");
  return Buffer.from(`(created): ${created}\n(expires): ${expires}\ndigest: ${digest}`);
}

function signatureOf(contents: object, key: KeyObject): string {
  const created = Math.floor(Date.now() / 1000);
  const signature = sign(null, signedText(contents, created, created + LASTS), key).toString("base64");
  return `namespace="dci", kidId="${OWN}|r1|ed25519", algorithm="ed25519", created="${created}", expires="${created + LASTS}", headers="(created) (expires) digest", signature="${signature}"`;
}

function isSigned(contents: object, signature: unknown, key: KeyObject): boolean {
  if (typeof signature !== "string") return false;
  const part = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(signature)?.[1] ?? "";
  const [created, expires] = [Number(part("created")), Number(part("expires"))];
  const now = Date.now() / 1000;
  const isNow = created <= now + 60 && expires >= now && expires - created <= LASTS;
  return isNow && verify(null, signedText(contents, created, expires), key, Buffer.from(part("signature"), "base64"));
}

/** From JWKs as text. */
export function registryKeys(own: string, asker: string): RegistryKeys {
  return {
    own: createPrivateKey({ key: JSON.parse(own) as JsonWebKey, format: "jwk" }),
    asker: createPublicKey({ key: JSON.parse(asker) as JsonWebKey, format: "jwk" }),
  };
}

if (import.meta.main) {
  const { PORT, JOBSEEKERS_FILE, MIS_SECRET, REGISTRY_KEY, ADAPTER_KEY } = process.env;
  const records = readLines<JobseekerRecord>(JOBSEEKERS_FILE ?? "");
  const service = employmentService(records, MIS_SECRET ?? "", registryKeys(REGISTRY_KEY ?? "", ADAPTER_KEY ?? ""));
  const { port } = await serveRest(service, Number(PORT ?? 0));
  process.send?.({ port });
  process.on("SIGTERM", () => process.exit(0));
}
