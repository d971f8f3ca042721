import { createConnection } from "mysql2/promise";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { type MariadbServer, startMariadb } from "../mariadb.js";
import { personNamed } from "../personas.js";
import { reservePort } from "../ports.js";
import type { Ground } from "./ground.js";
import { fillHospitals } from "./hospitals-mis.js";
import type { Joining } from "./walk.js";

/** The hospitals of a ministry of health, who join: their database, its administrator, and what their people know. */
export interface Hospitals extends Joining {
  readonly server: MariadbServer;
  stop(): Promise<void>;
}

const DATABASE = "hosinfo";

export async function openHospitals(folder: string, { network }: Ground): Promise<Hospitals> {
  const server = await startMariadb({ dataDir: path.join(folder, "mariadb") });
  try {
    await server.createDatabase(DATABASE);
    const owner = server.superuserUrl(DATABASE);
    await fillHospitals(owner, network.country);
    const port = await reservePort(4210);
    return {
      server,
      variables: {
        MINISTRY: "hospitals",
        NAME_EN: "Hospitals of the Ministry of Health",
        NAME_FR: "Hôpitaux du ministère de la Santé",
        NAME_AR: "مستشفيات وزارة الصحة",
        DPO: "dpo@hospitals.orvanda.example",
        ADAPTER: `http://127.0.0.1:${port}/hospitals`,
        PORT: String(port),
        DATABASE: owner,
        CONSUMER: "welfare",
        PURPOSE: "eligibility-assessment",
        PROVISION: "Social Benefits Act s. 12(6)",
        AGREEMENT: "dsa-hospitals-welfare",
        NID: personNamed(network.country, "Amara Tessel").value,
        QUESTION:
          "query First($who: PersonKey!) { person(key: $who) { identity { fullName } pat { feeCat asOf source } } }",
        OUTSIDE: "query Outside($who: PersonKey!) { person(key: $who) { pat { feeCat dob telNo } } }",
      },
      administer: (statements) => administer(owner, statements),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The administrator reads them, chooses a password and says from where the account may come. */
async function administer(ownerUrl: string, printed: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  const statements = printed
    .split("\n")
    .filter((line) => /^(create|grant) /.test(line))
    .map((line) => line.replaceAll("@'…'", "@'127.0.0.1'").replaceAll("'…'", `'${password}'`));
  const owner = await createConnection(ownerUrl);
  try {
    for (const statement of statements) await owner.query(statement);
  } finally {
    await owner.end();
  }
  const url = new URL(ownerUrl);
  [url.username, url.password] = ["weft_hospitals", password];
  return url.href;
}
