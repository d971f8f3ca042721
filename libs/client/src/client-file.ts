import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { showCertificate } from "./certificate.js";
import type { ClientOptions } from "./options.js";
import { readOwn, unusable } from "./own-file.js";

/** A client's configuration as a file, for those who would rather not write it in code. Keys stay in files of their own. */
const clientFile = z.strictObject({
  client: z.string(),
  key: z.strictObject({ kid: z.string(), file: z.string().describe("Private JWK or PEM, beside this file.") }),
  issuer: z.strictObject({ iss: z.url(), tokenEndpoint: z.url() }),
  gateway: z.url(),
  register: z.url().optional(),
  certificate: z
    .strictObject({ cert: z.string(), key: z.string(), ca: z.string() })
    .optional()
    .describe("PEM files, beside this file: what tokens are bound to, where doors ask for a certificate."),
});
export type ClientFile = z.infer<typeof clientFile>;

/** Throws CONFIG_INVALID, with the place in the file and never with what it holds. */
export function readClientFile(file: string): ClientOptions {
  const read = clientFile.safeParse(parseJson(file));
  if (!read.success) throw unusable(file, `is wrong at ${read.error.issues[0]?.path.join(".") || "its root"}`);
  const { client, key, issuer, gateway, register, certificate } = read.data;
  const beside = (name: string) => path.resolve(path.dirname(file), name);
  return {
    client,
    key: { kid: key.kid, key: readKey(beside(key.file)) },
    issuer,
    gateway,
    ...(register !== undefined && { register }),
    ...(certificate && {
      mutualTls: showCertificate({
        cert: beside(certificate.cert),
        key: beside(certificate.key),
        ca: beside(certificate.ca),
      }),
    }),
  };
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw unusable(file, "cannot be read as JSON");
  }
}

function readKey(file: string) {
  const text = readOwn(file);
  try {
    return text.trimStart().startsWith("{")
      ? createPrivateKey({ key: JSON.parse(text) as JsonWebKey, format: "jwk" })
      : createPrivateKey(text);
  } catch {
    throw unusable(file, "holds no private key: a JWK or PEM is right");
  }
}

type JsonWebKey = import("node:crypto").JsonWebKey;
