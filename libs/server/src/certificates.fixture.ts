import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate for 127.0.0.1 and its private key in PEM, of one who calls, one who is called, or an authority. */
export interface Certified {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
x509.cryptoProvider.set(webcrypto as never);

/** Without an authority it is one itself. */
export async function certify(name: string, authority?: Certified): Promise<Certified> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString("hex")}`,
    subject: `CN=${name}`,
    issuer: authority?.certificate.subject ?? `CN=${name}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey: keys.publicKey,
    signingKey: (authority ?? { keys }).keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: authority
      ? [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])]
      : [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { certificate, keys, cert: certificate.toString("pem"), key };
}
