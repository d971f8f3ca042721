import fc from "fast-check";
import { expect, test } from "vitest";
import { WeftError } from "#libs/terms";
import { createLogger, LOG_FIELDS, type Logger } from "./log.js";

function logged(write: (logger: Logger) => void): string {
  const lines: string[] = [];
  write(
    createLogger({ name: "test", level: "debug", destination: { write: (line: string) => void lines.push(line) } }),
  );
  return lines.join("");
}

test("a line has its message and the fields of the list", () => {
  const line = JSON.parse(
    logged((logger) => logger.info({ event: "started", port: 80, nid: "1234567890" }, "Started.")),
  ) as object;
  expect(line).toMatchObject({ level: "info", name: "test", event: "started", port: 80, msg: "Started." });
  expect(line).not.toHaveProperty("nid");
});

test("nothing outside the list gets through, however it is passed", () => {
  const canary = "CANARY-7";
  const names = fc.string().filter((name) => !(LOG_FIELDS as readonly string[]).includes(name) && name !== "err");
  fc.assert(
    fc.property(fc.dictionary(names, fc.constantFrom<unknown>(canary, [canary], { a: canary })), (fields) => {
      expect(logged((logger) => logger.warn(fields, "Constant."))).not.toContain(canary);
    }),
  );
  const nested = logged((logger) => logger.info({ event: { body: canary }, detail: [canary] }, "Constant."));
  expect(nested).not.toContain(canary);
  expect(logged((logger) => logger.info("Constant %s", canary))).not.toContain(canary);
  expect(logged((logger) => logger.info({}, "Constant %s", canary))).not.toContain(canary);
});

test("an error of another library shows kind, code and place, not its words", () => {
  const error = Object.assign(new Error('Key (nid)=("1234567890") exists'), { code: "23505", detail: "1234567890" });
  for (const line of [
    logged((logger) => logger.error({ err: error }, "Failed.")),
    logged((logger) => logger.error(error)),
    logged((logger) => logger.error({ err: new WeftError("INTERNAL", { cause: error }) }, "Failed.")),
  ]) {
    expect(line).toContain("23505");
    expect(line).toContain("log.test");
    expect(line).not.toContain("1234567890");
  }
});

test("our own error shows its detail", () => {
  expect(logged((logger) => logger.error({ err: new WeftError("INTERNAL", { detail: "tree head moved" }) }))).toContain(
    "tree head moved",
  );
});
