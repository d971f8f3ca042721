import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { hasMariadb } from "../../apps/sandbox/src/mariadb.js";
import { APPLICANT } from "../../apps/sandbox/src/questions.js";
import { commandLineOf, processesOf, run, type } from "./terminal.js";

// A busy machine may take its time; what it must not do is fail.
vi.setConfig({ testTimeout: 120_000 });

/**
 * To whoever tries it: one command brings up the country and asks its questions, again and again, also where its ports are taken and
 * after a power cut; and Ctrl-C leaves nothing behind.
 */
const dir = mkdtempSync(path.join(tmpdir(), "weft two commands "));
const start = `node deploy/runtime/run.mjs start --people 2000 --data "${dir}"`;
const usualPorts = [4000, 4001, 4010, 4015, 4020, 4031, 4032, 4040, 4050];
let taken: (Server | undefined)[] = [];

beforeAll(async () => {
  taken = await Promise.all(usualPorts.map(take));
});
afterAll(() => {
  for (const server of taken) server?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Undefined where somebody else has it: taken all the same. */
function take(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("listening", () => resolve(server)).once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1");
  });
}

interface Document {
  readonly urls: Readonly<Record<string, string>>;
  readonly answers: readonly {
    readonly question: string;
    readonly status: number;
    readonly record: string;
    readonly answer: { readonly data: unknown; readonly errors: readonly unknown[]; readonly extensions: unknown };
  }[];
}

const refused = (coordinate: string, code: string, remedy: unknown = expect.anything()) =>
  expect.objectContaining({ extensions: expect.objectContaining({ coordinate, code, remedy }) });

test("a first start in a fresh folder answers the questions and exits 0, with its usual ports taken", async () => {
  const { code, stdout, stderr } = await run(`${start} --once --json`, dir);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(stderr).toMatch(/\d+\.\d s {2}Starting/);
  const { urls, answers } = JSON.parse(stdout) as Document;
  expect(Object.values(urls).filter((url) => usualPorts.includes(Number(new URL(url).port)))).toEqual([]);
  expect(answers.map(({ question, status }) => [question, status])).toEqual(
    ["eligibility", "roster", "referral", "referral", "customer"].map((question) => [question, 200]),
  );
  expect(answers.map(({ record }) => record).filter((record) => !/^\d+$/.test(record))).toEqual([]);
  const [eligibility, roster, referral, withdrawn, customer] = answers.map(({ answer }) => answer);
  expectEligibility(eligibility!);
  expectRoster(roster!);
  expect(referral!.data).toMatchObject({
    persons: [{ disability: { assessedLevel: "moderate" } }, { disability: null }],
  });
  expect(referral!.errors).toEqual([refused("Person.disability", "NOT_AVAILABLE")]);
  expectWithdrawn(withdrawn!);
  expect(customer!.data).toMatchObject({
    person: {
      identityMatch: { fullName: "MATCH", dateOfBirth: "MATCH", nationalId: "MATCH" },
      accountMatch: "MATCH",
      cashTransfer: null,
    },
  });
  expect(customer!.errors).toEqual([refused("Person.cashTransfer", "PURPOSE_NOT_ALLOWED")]);
  expect(processesOf(dir)).toEqual([]);
});

type Answer = Document["answers"][number]["answer"];

function expectEligibility({ data, errors }: Answer, withHealth = hasMariadb): void {
  const { person } = data as { person: { health?: unknown } };
  // Asked where its system runs, and only there.
  expect(person.health).toEqual(withHealth ? expect.objectContaining({ feeExempt: "YES" }) : undefined);
  expect(data).toMatchObject({
    person: {
      identity: { fullName: APPLICANT, ageAtLeast: "YES", residenceDistrict: "QV-3-07", source: "Civil register" },
      vitalStatus: { finding: "NO_DEATH_RECORD" },
      cashTransfer: { status: "ACTIVE", povertyScoreBelow: "YES" },
      foodSupport: { status: "SUSPENDED" },
      farmInputs: { status: "ACTIVE" },
      employment: { jobSeeking: "YES", measure: "PUBLIC_WORKS" },
      socialInsurance: { contributing: "NONE_RECORDED", fundsAnswered: 3, fundsAsked: 3 },
      schooling: { attending: "YES", stage: "ADULT", source: "School register" },
      disability: { meetsStatutoryLevel: "YES", assessedLevel: null },
      payments: null,
    },
  });
  expect(errors).toEqual([
    refused("DisabilityEnrolment.assessedLevel", "PURPOSE_NOT_ALLOWED", {
      say: expect.any(String) as string,
      purpose: "referral",
      consent: true,
    }),
    refused("Person.payments", "PURPOSE_NOT_ALLOWED", {
      say: expect.any(String) as string,
      purpose: "benefit-payment",
    }),
  ]);
}

function expectRoster({ data, errors, extensions }: Answer): void {
  const { nodes } = (data as { cashTransferEnrolments: { nodes: RosterRow[] } }).cashTransferEnrolments;
  const findings = Map.groupBy(nodes, ({ person }) => person.vitalStatus.finding);
  expect(new Set(findings.keys())).toEqual(new Set(["DECEASED", "NO_DEATH_RECORD", "UNRESOLVED_IDENTITY"]));
  expect(findings.get("DECEASED")).toHaveLength(1);
  expect(nodes.filter(({ person }) => person.payments !== null)).toEqual([]);
  expect(errors).toEqual([
    expect.objectContaining({
      extensions: expect.objectContaining({
        coordinate: "Person.payments",
        code: "SOURCE_UNAVAILABLE",
        rows: [[0, nodes.length - 1]],
      }),
    }),
  ]);
  expect(extensions).toMatchObject({
    weft: {
      complete: false,
      sources: expect.arrayContaining([expect.objectContaining({ provider: "org:pay", status: "unavailable" })]),
    },
  });
}

interface RosterRow {
  readonly person: { readonly vitalStatus: { readonly finding: string }; readonly payments: unknown };
}

function expectWithdrawn({ data, errors }: Answer): void {
  expect(data).toEqual({ persons: [{ disability: null }, { disability: null }] });
  expect(errors).toEqual([refused("Person.disability", "NOT_AVAILABLE")]);
}

test("a power cut while it asks leaves no process, and a consent that was given then does not count at the next start", async () => {
  const cut = type(`exec ${start}`, dir);
  await cut.untilSays("Asking");
  await sleep(100);
  cut.signal("SIGKILL");
  await cut.ended;
  await expect.poll(() => processesOf(dir), { timeout: 20_000 }).toEqual([]);

  // And on a machine that has no MariaDB.
  const next = type(`WEFT_SANDBOX_MARIADB=off exec ${start} --json`, dir);
  await next.untilSays('"title": "A bank');
  await expect.poll(() => isDocument(next.stdout())).toBe(true);
  const { answers } = JSON.parse(next.stdout()) as Document;
  expectEligibility(answers[0]!.answer, false);
  expectWithdrawn(answers[3]!.answer);

  const second = await run(start, dir);
  expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining("already runs") });

  const running = processesOf(dir);
  // The start itself, five apps and services, PostgreSQL with its sessions.
  expect(running.length).toBeGreaterThan(6);
  next.signal("SIGINT");
  expect(await next.ended).toMatchObject({ code: 0 });
  expect(processesOf(dir)).toEqual([]);
  expect(running.filter(({ pid, what }) => commandLineOf(pid) === what)).toEqual([]);
  expect(existsSync(path.join(dir, "sandbox.json"))).toBe(false);
});

/** Root becomes nobody in a user namespace, where what is root's belongs to it; anybody else is an ordinary user already. */
const ordinarily = process.getuid?.() === 0 ? "exec unshare --user --map-user=65534 --map-group=65534 -- " : "";

test("an ordinary user gets the same answers", async () => {
  const { code, stdout, stderr } = await run(`${ordinarily}${start} --once --json`, dir);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const { answers } = JSON.parse(stdout) as Document;
  expectEligibility(answers[0]!.answer);
  expectWithdrawn(answers[3]!.answer);
  expect(processesOf(dir)).toEqual([]);
});

function isDocument(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
