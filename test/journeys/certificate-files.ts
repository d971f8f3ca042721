import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CertificateFiles } from "#libs/client";
import type { Certificates } from "../../apps/sandbox/src/personas.js";
import { reservePort } from "../../apps/sandbox/src/ports.js";
import { type Certified, certify } from "../../libs/server/src/certificates.fixture.js";

/** The PEM files of a country's machines, in a folder that goes with the test. */
export interface CertificateFolder {
  file(text: string): string;
  /** The settings of an app that is called: its own certificate, and whose authorities vouch for its callers. */
  served(own: Certified, ...callers: readonly Certified[]): Promise<Settings>;
  /** The settings of an app that calls others. */
  calling(own: Certified, believed: Certified): Settings;
  /** What a caller's system shows of itself. */
  shown(own: Certified, believed: Certified): CertificateFiles;
  remove(): void;
}

export type Settings = Readonly<Record<string, string>>;

export function openCertificateFolder(): CertificateFolder {
  const folder = mkdtempSync(path.join(tmpdir(), "weft mtls "));
  let files = 0;
  const file = (text: string): string => {
    const name = path.join(folder, `${files++}.pem`);
    rewrite(name, text);
    return name;
  };
  return {
    file,
    async served({ cert, key }, ...callers) {
      return {
        WEFT_TLS_CERT_FILE: file(cert),
        WEFT_TLS_KEY_FILE: file(key),
        WEFT_TLS_CA_FILE: file(bundle(callers)),
        WEFT_TLS_CLIENTS: "required",
        WEFT_OPERATIONS_PORT: String(await reservePort(0)),
      };
    },
    calling: ({ cert, key }, believed) => ({
      WEFT_CLIENT_TLS_CERT_FILE: file(cert),
      WEFT_CLIENT_TLS_KEY_FILE: file(key),
      WEFT_CLIENT_TLS_CA_FILE: file(believed.cert),
    }),
    shown: ({ cert, key }, believed) => ({ cert: file(cert), key: file(key), ca: file(believed.cert) }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Whole, as whoever renews certificates should. */
export function rewrite(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function bundle(authorities: readonly Certified[]): string {
  return authorities.map(({ cert }) => `${cert}\n`).join("");
}

export async function certifyEach(names: readonly (keyof Certificates)[], authority: Certified) {
  const pairs = await Promise.all(names.map(async (name) => [name, await certify(name, authority)] as const));
  return Object.fromEntries(pairs) as Record<keyof Certificates, Certified>;
}
