import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { commaList, flag, httpUrl, portNumber, readConfig, Secret, secretFile } from "./config.js";

const folder = mkdtempSync(path.join(tmpdir(), "weft-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string, mode: number): string {
  const full = path.join(folder, name);
  writeFileSync(full, text);
  chmodSync(full, mode);
  return full;
}

const schema = z.object({
  WEFT_PORT: portNumber,
  WEFT_MINISTRIES: commaList,
  WEFT_LOG_URL: httpUrl,
  WEFT_QUIET: flag.optional(),
  WEFT_KEY_FILE: secretFile,
});

const right = {
  WEFT_PORT: "8080",
  WEFT_MINISTRIES: "civil, cash",
  WEFT_LOG_URL: "http://127.0.0.1:1",
  WEFT_QUIET: "1",
  WEFT_KEY_FILE: file("key", "s3cret\n", 0o600),
  HOME: "/root",
};

test("a right environment is read, typed and frozen", () => {
  const config = readConfig(schema, right);
  expect(config).toMatchObject({ WEFT_PORT: 8080, WEFT_MINISTRIES: ["civil", "cash"], WEFT_QUIET: true });
  expect(config.WEFT_KEY_FILE.reveal()).toBe("s3cret");
  expect(Object.isFrozen(config)).toBe(true);
  expect(config).not.toHaveProperty("HOME");
});

test.each([
  [{ WEFT_PORT: "" }, "WEFT_PORT is missing. It is a port from 0 (any free one) to 65535."],
  [{ WEFT_PORT: "http" }, "WEFT_PORT is not usable: not a number. It is a port from 0 (any free one) to 65535."],
  [{ WEFT_PORT: "70000" }, "WEFT_PORT is not usable: above 65535. It is a port from 0 (any free one) to 65535."],
  [
    { WEFT_MINISTRIES: "a,,b" },
    "WEFT_MINISTRIES is not usable: it has an empty part. It is a list with commas between its parts.",
  ],
  [
    { WEFT_LOG_URL: "ftp://x" },
    "WEFT_LOG_URL is not usable: not an http or https address. It is an http or https address.",
  ],
  [{ WEFT_QUIET: "yes" }, "WEFT_QUIET is not usable: neither 1 nor 0. It is 1 or 0."],
  [{ WEFT_KEY_FILE: "/nowhere" }, "WEFT_KEY_FILE is not usable: the file cannot be read (ENOENT)."],
  [
    { WEFT_KEY_FILE: file("open", "s3cret", 0o644) },
    "WEFT_KEY_FILE is not usable: others than its owner may use the file.",
  ],
  [{ WEFT_KEY_FILE: file("empty", "", 0o600) }, "WEFT_KEY_FILE is not usable: the file is empty."],
])("%o is refused by name, with what would be right", (change, message) => {
  expect(() => readConfig(schema, { ...right, ...change })).toThrow(message);
});

test("all problems are told at once, and none shows a value", () => {
  const wrong = { ...right, WEFT_PORT: "p0rt", WEFT_LOG_URL: "postgres://user:pa55@host" };
  const error = (() => {
    try {
      return readConfig(schema, wrong);
    } catch (caught) {
      return caught as Error;
    }
  })() as Error;
  expect(error.message).toMatch(/WEFT_PORT[^]*WEFT_LOG_URL/);
  expect(error.message).not.toMatch(/p0rt|pa55/);
});

test("a secret shows itself to nobody who does not ask", () => {
  const secret = new Secret("s3cret");
  expect([JSON.stringify({ secret }), inspect({ secret }), String(secret)].join()).not.toContain("s3cret");
});
