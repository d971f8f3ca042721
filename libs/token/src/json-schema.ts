import { z } from "zod";
import { accessTokenClaims } from "./claims.js";

/** The text of contracts/schemas/access-token.schema.json: for issuers, who write in languages of their own. */
export function printAccessTokenSchema(): string {
  const schema = z.toJSONSchema(accessTokenClaims, { target: "draft-2020-12", io: "input" });
  return `${JSON.stringify({ title: "Claims of an access token", ...schema }, null, 2)}\n`;
}
