import { z } from "zod";
import { AdapterAssertion } from "./adapter-assertion.js";
import { AskBody } from "./asking/body.js";
import { FeedAnswer } from "./http-feed.js";
import { ConsentReceipt } from "./receipt.js";
import { ConsentRecord } from "./record.js";

const sources: Readonly<Record<string, readonly [z.ZodType, string]>> = {
  "adapter-assertion.schema.json": [AdapterAssertion, "Claims of an adapter's assertion, typ adapter-assertion+jwt"],
  "consent-feed.schema.json": [FeedAnswer, "Answer of GET /feed"],
  "consent-receipt.schema.json": [ConsentReceipt, "Claims of a consent receipt, typ consent-receipt+jwt"],
  "consent-request.schema.json": [AskBody, "Body of POST /consent-requests"],
  "consent-record.schema.json": [ConsentRecord, "One version of a consent record, as the register keeps it"],
};

/** File of contracts/schemas -> its text. The schemas in code are the one source; these are for other languages. */
export function printConsentSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(sources).map(([file, [schema, title]]) => {
      const json = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" });
      return [file, `${JSON.stringify({ title, ...json }, null, 2)}\n`];
    }),
  );
}
