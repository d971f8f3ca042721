import { readFileSync } from "node:fs";
import { z } from "zod";
import { modeProblem } from "#libs/server";
import { type OrgId, type PurposeCode, WeftError } from "#libs/terms";

/** What an organisation tells its own token service, in two files: who may ask for tokens (public), and the keys that sign (secret). */

const kid = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const ed25519 = { kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: coordinate };
const p256 = { kty: z.literal("EC"), crv: z.literal("P-256"), x: coordinate, y: coordinate };
const publicJwk = z.discriminatedUnion("kty", [z.strictObject(ed25519), z.strictObject(p256)]);
const purpose = z.string().regex(/^[a-z][a-z0-9-]{1,62}$/) as unknown as z.ZodType<PurposeCode>;
const role = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
const instant = z.iso.datetime({ offset: false });
const partyOf = (kind: string) => z.string().regex(new RegExp(`^(?=.{3,64}$)${kind}:[a-z0-9._-]+$`));
const orgId = partyOf("org");

const client = z
  .strictObject({
    id: partyOf("client"),
    keys: z
      .array(z.strictObject({ kid, jwk: publicJwk }))
      .min(1)
      .max(8),
    purposes: z.array(purpose).min(1),
    /** To what its tokens are bound. */
    binding: z.enum(["dpop", "mtls"]),
    /** With mtls: SHA-256 thumbprints of the certificates that they may be bound to. Any that the server lets in, unless told. */
    certificates: z.array(coordinate).min(1).max(8).optional(),
    /** Who answers for what it asks without an officer, as a nightly batch does; without it such a request is refused. */
    serviceOfficer: partyOf("officer").optional(),
  })
  .refine((it) => it.binding === "mtls" || it.certificates === undefined, { path: ["certificates"] });

const organisation = z.strictObject({
  clients: z.array(client),
  /** Who vouches for officers; without it there is no token exchange. */
  directory: z
    .strictObject({
      iss: z.url({ protocol: /^https?$/ }),
      keys: z.array(z.strictObject({ kid, jwk: publicJwk, from: instant, until: instant })).min(1),
      acr: z.array(z.string().min(1)).min(1),
      maxAge: z.int().min(60).max(86_400),
    })
    .optional(),
  /** For the sandbox only: the page on which invented reviewers sign in. A ministry has an identity provider of its own. */
  signIn: z
    .strictObject({
      consoles: z
        .array(
          z.strictObject({
            id: partyOf("review"),
            keys: z.array(z.strictObject({ kid, jwk: publicJwk })).min(1),
            redirectUris: z.array(z.url({ protocol: /^https?$/ })).min(1),
          }),
        )
        .min(1),
      people: z.array(z.strictObject({ officer: partyOf("officer"), label: z.string().min(1), roles: z.array(role) })),
    })
    .optional(),
  /** Role -> the purposes that an officer who has it may ask for. */
  roles: z.record(role, z.array(purpose)),
});

const clientsFile = z.record(orgId, organisation);
const signingKey = z.discriminatedUnion("kty", [
  z.strictObject({ ...ed25519, kid, d: coordinate }),
  z.strictObject({ ...p256, kid, d: coordinate }),
]);
const keysFile = z.record(orgId, z.array(signingKey).min(1));

export type Organisation = z.infer<typeof organisation>;
export type Client = Organisation["clients"][number];
export type SignIn = NonNullable<Organisation["signIn"]>;
export type SigningKey = z.infer<typeof signingKey>;

export function readOrganisation(file: string, org: OrgId): Organisation {
  const found = read(clientsFile, file, "WEFT_CLIENTS_FILE")[org];
  if (found === undefined) throw unusable("WEFT_CLIENTS_FILE", `has nothing for ${org}`);
  return found;
}

/** Private keys: the file must be for its owner only. */
export function readSigningKeys(file: string, org: OrgId): readonly SigningKey[] {
  const problem = modeProblem(file);
  if (problem !== undefined) throw unusable("WEFT_SIGNING_KEYS_FILE", problem);
  const found = read(keysFile, file, "WEFT_SIGNING_KEYS_FILE")[org];
  if (found === undefined) throw unusable("WEFT_SIGNING_KEYS_FILE", `has no key for ${org}`);
  return found;
}

/** Says where the file is wrong, never what it holds. */
function read<S extends z.ZodType>(schema: S, file: string, name: string): z.output<S> {
  const parsed = schema.safeParse(parseJson(file, name));
  if (parsed.success) return parsed.data;
  throw unusable(name, `does not hold what it should at ${parsed.error.issues[0]?.path.join(".") ?? "its root"}`);
}

function parseJson(file: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw unusable(name, "cannot be read as JSON");
  }
}

function unusable(name: string, what: string): WeftError {
  return new WeftError("CONFIG_INVALID", { message: `${name}: ${what}.`, detail: `${name}: ${what}` });
}
