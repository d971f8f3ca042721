import { Command, Option } from "commander";
import { Agent } from "undici";
import { type ClientTls, clientTls, clientTlsVariables, createLogger, readConfig } from "#libs/server";
import { z } from "zod";

/** What a command shows of itself to another machine, and whom it believes there: PEM files. */
export interface CertificateOptions {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** Milliseconds to open a connection. */
const CONNECT = 5_000;

/** The same three options for every command that calls another machine; unset, the variables that all of Weft's processes have. */
export function withCertificate(command: Command): Command {
  const option = (flag: string, says: string, variable: string) =>
    command.addOption(new Option(`${flag} <file>`, `${says} (default: ${variable})`));
  option("--tls-cert", "PEM file with one's own certificate", "WEFT_CLIENT_TLS_CERT_FILE");
  option("--tls-key", "PEM file with its private key, readable by its owner only", "WEFT_CLIENT_TLS_KEY_FILE");
  return option("--tls-ca", "PEM file with the authorities of those who are called", "WEFT_CLIENT_TLS_CA_FILE");
}

/** As variables, for what reads its settings from an environment. */
export function certificateVariables({ tlsCert, tlsKey, tlsCa }: CertificateOptions): Record<string, string> {
  return {
    ...(tlsCert !== undefined && { WEFT_CLIENT_TLS_CERT_FILE: tlsCert }),
    ...(tlsKey !== undefined && { WEFT_CLIENT_TLS_KEY_FILE: tlsKey }),
    ...(tlsCa !== undefined && { WEFT_CLIENT_TLS_CA_FILE: tlsCa }),
  };
}

/** Undefined where no certificate is named: plain HTTP, or the system's authorities. */
export function tlsOf(options: CertificateOptions): ClientTls | undefined {
  const env = { ...process.env, ...certificateVariables(options) };
  return clientTls(readConfig(z.object(clientTlsVariables), env), silent);
}

export function agentOf(tls: ClientTls | undefined): Agent | undefined {
  return tls && new Agent({ connect: tls.connector(CONNECT) });
}

/** A command lives for one answer: no certificate is renewed under it. */
export const silent = createLogger({ name: "weft", level: "silent" });
