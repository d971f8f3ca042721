import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Access, createClient, readClientFile } from "#libs/client";
import { parsePartyId } from "#libs/terms";
import { signOfficerAssertion } from "#libs/token";
import { z } from "zod";
import { agentOf, type CertificateOptions, tlsOf } from "./certificate.js";
import { readPrivateKey, sandboxClients, UsageError } from "./places.js";

export interface TokenOptions extends CertificateOptions {
  /** One of the sandbox's personas, … */
  readonly as?: string;
  /** … or a client's configuration file. */
  readonly client?: string;
  readonly purpose?: string;
  readonly case?: string;
  /** Why a life is in danger. */
  readonly reason?: string;
  /** A file with the directory's assertion about the officer. */
  readonly officer?: string;
  readonly curl?: boolean;
}

/** `weft token`: an access token, or with `--curl` what curl needs for one question to the gateway. */
export async function printToken(options: TokenOptions): Promise<number> {
  const { file, access } = options.as === undefined ? fromFile(options) : fromSandbox(options.as, options);
  const shown = agentOf(tlsOf(options));
  const client = { ...readClientFile(file), ...(shown && { mutualTls: shown }) };
  const asker = createClient(client).for(access);
  if (!options.curl) {
    console.log(await asker.accessToken());
    return 0;
  }
  const url = `${client.gateway}/graphql`;
  const { authorization, dpop } = await asker.headers("POST", url);
  console.log(
    curlConfig(url, { authorization, ...(dpop !== undefined && { dpop }), "content-type": "application/json" }),
  );
  return 0;
}

/** For `curl -K -`: nothing of it stands in a shell's history or in a list of processes. The proof is used once. */
function curlConfig(url: string, headers: Readonly<Record<string, string>>): string {
  return [`url = "${url}"`, ...Object.entries(headers).map(([name, value]) => `header = "${name}: ${value}"`)].join(
    "\n",
  );
}

interface Chosen {
  readonly file: string;
  readonly access: Access;
}

function fromFile({ client, purpose, case: caseId, reason, officer }: TokenOptions): Chosen {
  if (client === undefined || purpose === undefined)
    throw new UsageError(
      "Name a persona of the sandbox (--as), or a client's file and a purpose (--client, --purpose).",
    );
  const assertion = officer === undefined ? undefined : () => readText(officer).trim();
  return {
    file: client,
    access: {
      purpose,
      ...(caseId !== undefined && { case: caseId }),
      ...(reason !== undefined && { reason }),
      ...(assertion && { officer: assertion }),
    },
  };
}

/** An officer of the sandbox, and the directory that vouches for them: its key is public by design. */
const officerFile = z.object({
  officer: z.string(),
  roles: z.array(z.string()),
  acr: z.string(),
  directory: z.object({ iss: z.url(), kid: z.string(), file: z.string() }),
  purpose: z.string(),
  case: z.string(),
});

function fromSandbox(name: string, options: TokenOptions): Chosen {
  const file = path.join(sandboxClients, `${name}.client.json`);
  if (!/^[a-z]+$/.test(name) || !existsSync(file))
    throw new UsageError(
      `There is no ${name} here: start a sandbox (npm start), then caseworker, programme, clinic or bank.`,
    );
  const sitting = officerFile.parse(JSON.parse(readText(path.join(sandboxClients, `${name}.officer.json`))));
  const { client, issuer } = readClientFile(file);
  const { iss, kid, file: keyFile } = sitting.directory;
  const key = readPrivateKey(path.join(sandboxClients, keyFile));
  const officer = () => {
    const now = new Date();
    const draft = {
      iss,
      aud: issuer.iss,
      sub: parsePartyId(sitting.officer),
      client_id: parsePartyId(client),
      roles: sitting.roles,
      acr: sitting.acr,
      auth_time: Math.floor(now.getTime() / 1000),
    };
    return signOfficerAssertion(draft, { kid, key }, now);
  };
  const { purpose = sitting.purpose, case: caseId = sitting.case, reason } = options;
  return { file, access: { purpose, case: caseId, officer, ...(reason !== undefined && { reason }) } };
}

function readText(file: string): string {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`);
  return readFileSync(file, "utf8");
}
