import type { Normaliser, Scheme } from "#libs/terms";
import { z } from "zod";

/** `registry.yaml`: who takes part, by which keys they sign, how persons are named. Signed by the registry authority. */

const orgId = z.string().regex(/^(?=.{3,64}$)org:[a-z0-9._-]+$/, "is not an organisation (org:…)");
const partyId = z
  .string()
  .regex(/^(?=.{3,64}$)(gateway|adapter):[a-z0-9._-]+$/, "is not a party (gateway:… or adapter:…)");
const reviewId = z.string().regex(/^(?=.{3,64}$)review:[a-z0-9._-]+$/, "is not a console (review:…)");
const instant = z.iso.datetime({ offset: false, error: "is not an instant, as in 2026-01-01T00:00:00Z" });
const url = z.url({ protocol: /^https?$/, error: "is not a URL (https://…)" });
const language = z.string().regex(/^[a-z]{2,3}$/, "is not a language code, as in en");
const kid = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, "is not a key's name (a-z, 0-9, . _ -)");
const coordinate32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "is not 32 bytes in base64url");
export const wordsSchema = z.record(language, z.string().min(1)).describe("Language -> text.");
export const digestSchema = z.string().regex(/^sha-256:[A-Za-z0-9_-]{43}$/, "is not a digest (sha-256:…)");

/** Public only: a member `d` is refused like any other that is not named here. */
const publicJwk = z.discriminatedUnion("kty", [
  z.strictObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: coordinate32 }),
  z.strictObject({ kty: z.literal("EC"), crv: z.literal("P-256"), x: coordinate32, y: coordinate32 }),
]);
const period = { from: instant, until: instant };
const serverKey = z.strictObject({ kid, jwk: publicJwk, ...period });
export const organisationKeySchema = z.strictObject({
  kid,
  use: z.enum(["agreement", "adapter", "issuer", "consent"]),
  id: partyId.optional().describe("Of an adapter's key: who signs with it."),
  jwk: publicJwk,
  ...period,
});

const scheme = z.strictObject({
  enum: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, "is not an enum value, as in NATIONAL_ID")
    .describe("How a question names the scheme."),
  name: wordsSchema,
  pattern: z.string().regex(/^\^.*\$$/, "is not a whole pattern (^…$)"),
  normalise: z.array(z.enum(["trim", "digits", "upper", "lower", "alphanumeric"])),
  decoys: z
    .string()
    .regex(/^[0-9A-Za-z]+-[0-9A-Za-z]+$/, "is not a range, as in 0000000000-0000999999")
    .describe("Inclusive range of values that are never issued."),
});

export const organisationSchema = z.strictObject({
  name: wordsSchema,
  dpo: z.string().min(3),
  adapter: url.optional(),
  issuer: z.strictObject({ iss: url, jwks_uri: url.optional() }).optional(),
  supervisory: z
    .literal(true)
    .optional()
    .describe("The national data-protection authority: who has that role there may review every record."),
  portal: z
    .literal(true)
    .optional()
    .describe("Runs a portal for citizens: for a person who signed in there, it may ask who looked at their data."),
  households: z
    .strictObject({ kid, jwk: z.strictObject({ kty: z.literal("OKP"), crv: z.literal("X25519"), x: coordinate32 }) })
    .optional()
    .describe(
      "Knows who lives together: officers and persons are paired for it under this key, and it says yes or no.",
    ),
  keys: z.array(organisationKeySchema),
});

export const registrySchema = z.strictObject({
  country: z.string().regex(/^[A-Z]{2}$/, "is not a country code (ISO 3166-1 alpha-2)"),
  name: wordsSchema,
  version: z.int().min(1).describe("Of the whole folder. One version has one content; it only rises."),
  contents: digestSchema.describe("Digest of signatures/contents.json, which lists every file that serves."),
  currency: z.string().regex(/^[A-Z]{3}$/, "is not a currency code (ISO 4217)"),
  languages: z.array(language).min(1),
  schemes: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,15}$/, "is not a scheme's name"), scheme),
  organisations: z.record(orgId, organisationSchema),
  gateways: z.array(z.strictObject({ id: partyId, url, keys: z.array(serverKey).min(1) })).min(1),
  reviews: z
    .array(
      z.strictObject({
        id: reviewId,
        url,
        organisations: z
          .array(orgId)
          .min(1)
          .optional()
          .describe("Whose officers it may name in a record; any organisation's unless told."),
        keys: z.array(serverKey).min(1),
      }),
    )
    .optional()
    .describe("Consoles in which data-protection officers review the log."),
  logs: z.array(z.strictObject({ origin: z.string().min(1), vkey: z.string().min(1), url })).min(1),
  witnesses: z.strictObject({
    quorum: z.int().min(0).describe("How many of them must cosign a checkpoint; 0 asks for none."),
    vkeys: z.array(z.string().min(1)).describe("C2SP verifier keys of type 0x04."),
  }),
  person: z.strictObject({ seal: kid, open: z.array(kid).min(1) }),
  strongSignIn: z
    .strictObject({
      acr: z
        .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, "is not a way to sign in (acr, without spaces)"))
        .min(1)
        .max(8)
        .describe("Ways to sign in that are strong, as issuers name them (acr)."),
      maxAge: z.int().min(30).max(3600).describe("Seconds since the officer signed in."),
    })
    .optional()
    .describe("How an officer must have signed in to ask on the basis of vital interest. Without it nobody does."),
});

export type Registry = z.infer<typeof registrySchema>;
export type Organisation = Registry["organisations"][string];
export type OrganisationKey = Organisation["keys"][number];
export type PublicJwk = OrganisationKey["jwk"];

/** Whether a key of the registry may be used at the moment. Both ends count. */
export function isValidAt(key: Pick<OrganisationKey, "from" | "until">, moment: Date): boolean {
  return Date.parse(key.from) <= moment.getTime() && moment.getTime() <= Date.parse(key.until);
}

/** The keys of one log, each in an entry of its own: two while its key is changed. */
export function logKeys({ logs }: Registry, origin: string): readonly string[] {
  return logs.filter((log) => log.origin === origin).map(({ vkey }) => vkey);
}

/** One identifier scheme, and how GraphQL spells it. */
export interface NamedScheme extends Scheme {
  readonly enum: string;
}

export function schemesOf(registry: Registry): ReadonlyMap<string, NamedScheme> {
  return new Map(Object.entries(registry.schemes).map(([name, source]) => [name, schemeOf(name, source)]));
}

function schemeOf(name: string, source: Registry["schemes"][string]): NamedScheme {
  const [from, to] = source.decoys.split("-") as [string, string];
  const normalise: readonly Normaliser[] = source.normalise;
  return { name, enum: source.enum, pattern: new RegExp(source.pattern, "v"), normalise, decoys: { from, to } };
}
