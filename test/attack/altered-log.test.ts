import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  emptyEdge,
  entriesPath,
  entryOf,
  grow,
  leafHash,
  noteSigner,
  openCheckpoint,
  parseEntryBundle,
  openWitnessed,
  parseVkey,
  parseWitness,
  pinLogs,
  pinWitnesses,
  printEntryBundle,
  signCheckpoint,
  tilePath,
  TILE_WIDTH,
  widthOfLevel,
  WitnessClient,
} from "#libs/access-log";
import { sha256 } from "#libs/terms";
import { type AuditOptions, verifyFolder, verifyProofFile } from "../../apps/cli/src/log-audit.js";
import { exportLog } from "../../apps/cli/src/log-folder.js";
import { reconcileFolder } from "../../apps/cli/src/log-reconcile.js";
import { LOG_ORIGIN } from "../../apps/sandbox/src/key-files.js";
import { sandboxKey } from "../../apps/sandbox/src/keys.js";
import { contracts, logVkey, startWitnessedLog, type WitnessedLog, witnessVkey } from "./altered-log.js";

/**
 * Somebody holds the log's machine, its database and its key, and alters the past. Each way is tried on the real log, witness and command,
 * and each is found by who should find it, who trusts nobody but the pinned keys.
 */
const RECORDS = 320;
const TODAY = new Date().toISOString().slice(0, 10);
/** Of the tree when it was exported: the records, what the adapter stated, and a heartbeat where a minute had passed. */
let size: number;
let world: WitnessedLog;
let honest: string;
let proof: string;

beforeAll(async () => {
  world = await startWitnessedLog();
  const entries = await world.append(RECORDS);
  await world.state(TODAY, entries.slice(0, 9));
  await vi.waitFor(async () => expect(await published()).toBeGreaterThan(RECORDS), { timeout: 30_000, interval: 100 });
  honest = path.join(world.folder, "honest");
  expect((await saidBy(() => exportLog(honest, world.log.url))).code).toBe(0);
  size = openCheckpoint(readFileSync(path.join(honest, "checkpoint"), "utf8"), [parseVkey(logVkey)]).size;
  proof = await world.client.proofText(121);
  // From here on it is a log in files, and a witness.
  await world.log.stop();
});
afterAll(() => world?.stop());

const isTaken = (line: string) => world.taken.has(entryOf((JSON.parse(line) as { jwt: string }).jwt).toString("hex"));
/** How many entries the witness has vouched for; rejects before it has. */
const published = async () => {
  const witnesses = pinWitnesses({ quorum: 1, vkeys: [witnessVkey] });
  return openWitnessed(await world.client.published(), pinLogs([logVkey]), witnesses, Date.now() / 1000 + 5).size;
};

/** By two keys alone; `alone` believes the log without its witness, as whoever was shown a forged log must be made to. */
const believing: Pick<AuditOptions, "vkey" | "witness" | "contracts" | "language"> = {
  vkey: [logVkey],
  witness: [witnessVkey],
  contracts,
  language: "en",
};
const alone = { ...believing, witness: [] };

async function saidBy(run: () => Promise<number>): Promise<{ code: number; said: string }> {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const code = await run();
    return { code, said: print.mock.calls.map(([line]) => String(line)).join("\n") };
  } finally {
    print.mockRestore();
  }
}

const verified = (folder: string, options: Partial<AuditOptions> = {}, index?: number) =>
  saidBy(() => verifyFolder(index, { ...believing, ...options, folder }));

/** A copy of the honest folder in which something is changed. */
function altered(name: string, change: (folder: string) => void): string {
  const folder = path.join(world.folder, name);
  cpSync(honest, folder, { recursive: true });
  change(folder);
  return folder;
}

const entriesOf = (folder: string): Buffer[] =>
  Array.from({ length: Math.ceil(size / TILE_WIDTH) }, (_, tile) =>
    parseEntryBundle(readFileSync(path.join(folder, entriesPath(tile, size)))),
  ).flatMap((entries) => entries!);

/** What whoever has the log's key can make of any entries: a log in which everything fits. */
function forge(name: string, entries: readonly Buffer[]): { readonly folder: string; readonly note: string } {
  const { root, tileHashes } = grow(emptyEdge, entries.map(leafHash));
  const size = entries.length;
  const note = signCheckpoint(
    { origin: LOG_ORIGIN, size, root },
    noteSigner(LOG_ORIGIN, sandboxKey("log-1").privateKey),
  );
  const folder = altered(name, (dir) => {
    const write = (file: string, bytes: Buffer | string) => {
      mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
      writeFileSync(path.join(dir, file), bytes);
    };
    for (let tile = 0; tile * TILE_WIDTH < size; tile += 1) {
      const own = entries.slice(tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH);
      write(entriesPath(tile, size), printEntryBundle(own));
      write(tilePath(0, tile, size), Buffer.concat(own.map(leafHash)));
    }
    const above = tileHashes.map(({ hash }) => hash);
    if (widthOfLevel(1, size) > 0) write(tilePath(1, 0, size), Buffer.concat(above));
    write("records.jsonl", "");
    write("checkpoint", note);
  });
  return { folder, note };
}

const door = () => new WitnessClient({ url: world.witness.url, witness: parseWitness(witnessVkey), timeout: 20_000 });

test("an honest log fits: whole, with each record's signature; a range; one entry; one proof", async () => {
  const whole = await saidBy(() => verifyFolder(undefined, { contracts, language: "en", folder: honest }));
  expect(whole).toMatchObject({ code: 0, said: expect.stringContaining(`All ${size} entries fit`) });
  expect(whole.said).toContain(`${size} records are what their entries commit to`);
  expect(whole.said).toContain("by the log and a witness");
  expect(await verified(honest, { from: 250, to: 310 })).toMatchObject({ code: 0 });
  expect(await verified(honest, {}, 319)).toMatchObject({
    code: 0,
    said: expect.stringContaining("Entries 319 to 319"),
  });
  const [file, record] = [path.join(world.folder, "one.tlog-proof"), path.join(world.folder, "one.json")];
  writeFileSync(file, proof);
  writeFileSync(record, readFileSync(path.join(honest, "records.jsonl"), "utf8").split("\n")[121]!);
  const one = await saidBy(() => verifyProofFile(file, { ...believing, record }));
  expect(one).toMatchObject({ code: 0, said: expect.stringContaining("Entry 121 of a tree of ") });
});

test("a byte of an old entry flipped: its index is named", async () => {
  const folder = altered("flipped", (dir) => {
    const file = path.join(dir, entriesPath(1, size));
    const bytes = readFileSync(file);
    bytes[44 * 34 + 9]! ^= 1;
    writeFileSync(file, bytes);
  });
  expect(await verified(folder)).toMatchObject({ code: 1, said: expect.stringMatching(/^Entry 300 does not fit/) });
  expect(await verified(folder, {}, 300)).toMatchObject({ code: 1, said: expect.stringMatching(/^Entry 300 /) });
});

test("a disclosure or a whole record dropped, or another put in its place: its index is named", async () => {
  const change = (
    name: string,
    index: number,
    edit: (record: { jwt: string; disclosures: string[] }, all: string[]) => void,
  ) =>
    altered(name, (dir) => {
      const file = path.join(dir, "records.jsonl");
      const lines = readFileSync(file, "utf8").split("\n");
      const record = JSON.parse(lines[index]!) as { jwt: string; disclosures: string[] };
      edit(record, lines);
      lines[index] = JSON.stringify(record);
      writeFileSync(file, lines.join("\n"));
    });
  // caller, request, section, subject
  for (const part of [0, 1, 2, 3]) {
    const folder = change(`dropped ${part}`, 77, ({ disclosures }) => void disclosures.splice(part, 1));
    expect(await verified(folder)).toMatchObject({ code: 1, said: expect.stringMatching(/^Entry 77 does not fit/) });
  }
  const missing = change("missing", 80, () => {});
  const file = path.join(missing, "records.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").split("\n").toSpliced(80, 1).join("\n"));
  expect(await verified(missing)).toMatchObject({ code: 1, said: expect.stringMatching(/^Entry 80 .*not among/) });
  const swapped = change("swapped", 78, (record, all) => {
    record.jwt = (JSON.parse(all[79]!) as { jwt: string }).jwt;
  });
  expect(await verified(swapped)).toMatchObject({ code: 1, said: expect.stringMatching(/^Entry 78 .*in the tree/) });
});

test("a record hidden from those who search the log: what its ministry took names it", async () => {
  const reconciled = (folder: string) =>
    saidBy(() => reconcileFolder(folder, { contracts, language: "en", day: TODAY }));
  expect(await reconciled(honest)).toMatchObject({
    code: 0,
    said: expect.stringContaining("org:civil: it took 9 records"),
  });
  const lines = readFileSync(path.join(honest, "records.jsonl"), "utf8").split("\n");
  const taken = lines.findIndex((line) => line !== "" && isTaken(line));
  const folder = altered("hidden", (dir) => {
    const record = JSON.parse(lines[taken]!) as object;
    const hidden = JSON.stringify({ ...record, disclosures: null });
    writeFileSync(path.join(dir, "records.jsonl"), lines.map((line, at) => (at === taken ? hidden : line)).join("\n"));
  });
  // Its proof holds, as that of an erased record does.
  expect(await verified(folder)).toMatchObject({ code: 0, said: expect.stringContaining("1 of them with nothing") });
  expect(await reconciled(folder)).toMatchObject({
    code: 1,
    said: expect.stringContaining(`org:civil: it took record ${taken}, of which the log shows nothing for it`),
  });
});

test("the last hundred deleted and signed again: no witness vouches, and any checkpoint from before names the first that is gone", async () => {
  const { folder, note } = forge("shorter", entriesOf(honest).slice(0, 220));
  await expect(verified(folder)).rejects.toThrow(expect.objectContaining({ code: "PROOF_REJECTED" }));
  const kept = [path.join(honest, "checkpoint")];
  expect(await verified(folder, { ...alone, checkpoint: kept })).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^Entry 220 does not fit: \d+ entries were signed/),
  });
  const witness = door();
  for (const oldSize of [0, 220])
    expect(await witness.addCheckpoint({ oldSize, proof: [], note })).toEqual({ status: "conflict", size: size });
  await witness.close();
});

test("two auditors shown different trees: the first entry that differs is named, and the witness keeps both", async () => {
  const entries = entriesOf(honest);
  entries[144] = sha256("another entry");
  const { folder, note } = forge("other tree", entries);
  expect(await verified(folder, alone)).toMatchObject({ code: 0 });
  await expect(verified(folder)).rejects.toThrow(expect.objectContaining({ code: "PROOF_REJECTED" }));
  for (const [one, other] of [[folder, honest] as const, [honest, folder] as const])
    expect(await verified(one, { ...alone, against: other })).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^Entry 144 does not fit: another entry was shown/),
    });
  const witness = door();
  expect(await witness.addCheckpoint({ oldSize: size, proof: [], note })).toMatchObject({ status: "conflict" });
  await witness.close();
  const forks = (await (await fetch(`${world.witness.url}/forks`)).json()) as { size: number; shown: string }[];
  expect(forks).toMatchObject([{ size: size, shown: note }]);
});

test("a snapshot of the whole machine put back: the log does not start", async () => {
  const { log, client } = world;
  await world.backUp();
  await log.start();
  await world.append(3);
  // Nobody waits for the witness: it is told before the log ends.
  await log.stop();
  await world.restore();
  await expect(log.start()).rejects.toThrow(/holds \d+ entries, but \d+ were signed: it is an older state/);
  await expect(client.checkpoint()).rejects.toThrow(expect.objectContaining({ code: "RECORD_UNAVAILABLE" }));
});
