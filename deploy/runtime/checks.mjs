import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "./set-up.mjs";
import { forward, SetUpError, step } from "./step.mjs";

const bin = (...parts) => path.join(root, "node_modules", ...parts);

/** What must hold of the text itself, before any of it runs. Each counts as one test. */
const checks = [
  {
    what: "formatting (prettier --write mends it)",
    program: bin("prettier", "bin", "prettier.cjs"),
    args: ["--check", "--cache", "--log-level=warn", "."],
  },
  { what: "lint", program: bin("oxlint", "bin", "oxlint"), args: ["--type-aware", "--quiet", "."] },
  { what: "types", program: bin("typescript", "bin", "tsc"), args: ["-b", "test", "apps/console/web"] },
];

export async function lint() {
  const { failed } = await runChecks();
  return failed === 0 ? 0 : 1;
}

/**
 * All checks and all tests; with arguments only the tests that they name. The last line is `N passed, N failed`. Nothing
 * passes that did not run.
 */
export async function test(args) {
  const checked = args.length === 0 ? await runChecks() : { passed: 0, failed: 0 };
  const tested = await runTests(args);
  const passed = checked.passed + tested.passed;
  const failed = checked.failed + tested.failed;
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 && tested.passed > 0 ? 0 : 1;
}

async function runChecks() {
  let passed = 0;
  for (const { what, program, args } of checks) {
    try {
      await step(what, process.execPath, [program, ...args], { cwd: root });
      passed++;
    } catch (error) {
      if (!(error instanceof SetUpError)) throw error;
      process.stdout.write(`${error.message}\n`);
    }
  }
  return { passed, failed: checks.length - passed };
}

async function runTests(args) {
  const report = path.join(root, ".weft", `test-report-${process.pid}.json`);
  const flags = ["run", "-c", "test/vitest.config.ts", "--reporter=./test/reporter.ts", ...args];
  const env = { ...process.env, WEFT_TEST_REPORT: report };
  const child = spawn(process.execPath, [bin("vitest", "vitest.mjs"), ...flags], { cwd: root, env, stdio: "inherit" });
  const stop = forward(child);
  const [code] = await once(child, "exit");
  stop();
  const { passed, failed } = readReport(report);
  // A run that ended badly without a failed test is a failure of its own.
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(file, { force: true });
  }
}
