import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { expect, test } from "vitest";
import { entryOf, pinLogs, readDisclosures, RECORD_TYP, RecordPayload, verifyProof } from "#libs/access-log";
import type { KeysAnswer, RecordAnswer, UsageAnswer, UsagePeriodAnswer } from "#libs/review";
import { parseCaseId, parseJws, parseOrgId, parsePartyId, parsePurposeCode } from "#libs/terms";
import { accessTokenOf, signAccessToken, signDpop } from "#libs/token";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { repository } from "../../../apps/sandbox/src/repository.js";
import type { ReviewWorld } from "./world.js";

const possession = generateKeyPairSync("ed25519").privateKey;
interface Heard {
  readonly status: number;
  readonly body: UsageAnswer & UsagePeriodAnswer;
  readonly text: string;
  readonly code: string | undefined;
}

async function ask(
  world: ReviewWorld,
  what: string,
  body: object,
  as: { org?: string; purpose?: string } = {},
): Promise<Heard> {
  const { org = "civil", purpose = "data-subject-rights" } = as;
  const url = `${world.orvanda.urls.console}/usage/${what}`;
  const token = tokenOf(org, purpose, world.orvanda.urls.console);
  const dpop = signDpop({ method: "POST", url, token }, possession, new Date());
  const headers = { "content-type": "application/json", authorization: `DPoP ${token}`, dpop };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  const read = JSON.parse(text) as Heard["body"] & { errors?: { extensions: { code: string } }[] };
  return { status: response.status, body: read, text, code: read.errors?.[0]?.extensions.code };
}

const amara = (world: ReviewWorld) => ({ scheme: "nid", number: world.orvanda.who("Amara Tessel").value });

/** To a citizen: the portal where you sign in can tell you who looked at your data, and nobody else's; that it asked is in the log. */
export function usage(world: ReviewWorld): void {
  test("a portal hears who looked at the data of who signed in there, each with its proof, and no officer", async () => {
    await world.indexed();
    const { status, body, text } = await ask(world, "findUsage", { userId: amara(world) });
    expect(status, text).toBe(200);
    expect(body.usage.length).toBeGreaterThan(2);
    const times = body.usage.map(({ logtime }) => logtime);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(body.usage.map(({ receiverName }) => receiverName)).toContain("Social Welfare Office");
    expect(body.usage.flatMap(({ sources }) => sources.flatMap(({ categories }) => categories))).toContain("identity");
    expect([body.withheld, body.complete]).toEqual([0, true]);
    expect(text).not.toMatch(/officer:|c-2026-0042/);
    expect(text).not.toContain(amara(world).number);
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    const schema = readFileSync(path.join(repository, "contracts/schemas/usage-answer.schema.json"), "utf8");
    expect(ajv.compile(JSON.parse(schema) as object)(body)).toBe(true);
    const keys = (await (await fetch(`${world.orvanda.urls.console}/api/keys`)).json()) as KeysAnswer;
    for (const { index, evidence } of body.usage) {
      expect(verifyProof(evidence.proof, entryOf(evidence.jwt), pinLogs(keys.logs)).index).toBe(index);
      const { named } = readDisclosures(
        evidence.disclosures,
        RecordPayload.parse(parseJws(evidence.jwt, RECORD_TYP).payload),
      );
      expect(named.size).toBe(0);
    }
    await world.indexed();
    const look = await world.authority.post("/api/record", {
      occasion: { purpose: "audit", case: "i-1" },
      index: body.record,
    });
    expect((look.body as RecordAnswer).words).toContain(
      "It took the accesses for the person, who signed in at its portal",
    );
  });
}

/** The same, page by page; and to everybody else nothing. */
export function usageByPage(world: ReviewWorld): void {
  test("page by page they are the same, and the period is that of the oldest and the newest", async () => {
    await world.indexed();
    const all = (await ask(world, "findUsage", { userId: amara(world) })).body.usage;
    const second = (await ask(world, "findUsage", { userId: amara(world), offset: 2, limit: 1 })).body.usage;
    expect(second.map(({ index }) => index)).toEqual([all[1]!.index]);
    const { body } = await ask(world, "usagePeriod", { userId: amara(world) });
    expect([body.from, body.until]).toEqual([all.at(-1)!.logtime, all[0]!.logtime]);
    const before = (await ask(world, "findUsage", { userId: amara(world), until: "2020-01-01" })).body;
    expect(before.usage).toEqual([]);
    const heartbeat = await (await fetch(`${world.orvanda.urls.console}/usage/heartbeat`)).json();
    expect(heartbeat).toMatchObject({ heartbeat: "OK" });
  });

  test("an organisation that runs no portal, another purpose, or no token, and nothing is told", async () => {
    expect((await ask(world, "findUsage", { userId: amara(world) }, { org: "welfare" })).code).toBe("ROLE_REQUIRED");
    expect((await ask(world, "findUsage", { userId: amara(world) }, { purpose: "audit" })).code).toBe(
      "PURPOSE_NOT_ALLOWED",
    );
    expect((await ask(world, "findUsage", { userId: { ...amara(world), scheme: "x" } })).code).toBe(
      "PERSON_KEY_INVALID",
    );
    expect((await ask(world, "findUsage", { userId: amara(world), officer: "officer:8c1" })).code).toBe(
      "REQUEST_MALFORMED",
    );
    const bare = await fetch(`${world.orvanda.urls.console}/usage/findUsage`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId: amara(world) }),
    });
    expect(bare.status).toBe(401);
  });
}

function tokenOf(org: string, purpose: string, audience: string): string {
  const kid = `${org}-issuer-1`;
  const claims = accessTokenOf(
    {
      iss: `https://issuer.${org}.orvanda.example`,
      audience,
      org: parseOrgId(`org:${org}`),
      client: parsePartyId(`client:${org}-portal`),
      officer: parsePartyId("officer:portal"),
      purpose: parsePurposeCode(purpose),
      caseId: parseCaseId("portal"),
      boundTo: { key: possession },
    },
    new Date(),
  );
  return signAccessToken(claims, { kid, key: sandboxKey(kid).privateKey });
}
