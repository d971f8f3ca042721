import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Reporter, SerializedError, TestCase, TestModule, Vitest } from "vitest/node";

/**
 * One line a file, failures in full where they happen, and the counts for `npm test`, which prints them last, in
 * `WEFT_TEST_REPORT`. A test that was skipped is a failure: it promises what nobody looked at. Only one that says what this machine
 * lacks is neither, and never in CI.
 */
export default class WeftReporter implements Reporter {
  #vitest!: Vitest;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleEnd(module: TestModule): void {
    const { passed, failed } = countOf(module);
    const seconds = (module.diagnostic().duration / 1000).toFixed(1);
    this.#vitest.logger.log(
      `${failed === 0 ? "ok  " : "FAIL"} ${module.relativeModuleId} (${passed + failed}, ${seconds} s)`,
    );
    for (const error of module.errors()) this.#show(module.relativeModuleId, error);
    const tests = [...module.children.allTests()];
    for (const note of new Set(tests.map(excuseOf))) if (note !== undefined) this.#vitest.logger.log(`     ${note}`);
    for (const test of tests) if (test.result().state !== "passed" && excuseOf(test) === undefined) this.#explain(test);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const error of unhandled) this.#show("an error outside any test", error);
    const counts = modules.map(countOf);
    const sum = (of: "passed" | "failed") => counts.reduce((total, count) => total + count[of], 0);
    const file = process.env["WEFT_TEST_REPORT"];
    if (file === undefined) return;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ passed: sum("passed"), failed: sum("failed") + unhandled.length }));
  }

  #explain(test: TestCase): void {
    const { state, errors } = test.result();
    const name = `${test.module.relativeModuleId} > ${test.fullName}`;
    if (state !== "failed") this.#vitest.logger.log(`\n  ${name}: ${state}, not run`);
    for (const error of errors ?? []) this.#show(name, error);
  }

  #show(name: string, error: SerializedError): void {
    this.#vitest.logger.log(`\n  ${name}`);
    this.#vitest.logger.printError(error);
  }
}

function countOf(module: TestModule): { passed: number; failed: number } {
  const tests = [...module.children.allTests()];
  const states = tests.filter((test) => excuseOf(test) === undefined).map((test) => test.result().state);
  const passed = states.filter((state) => state === "passed").length;
  // A file that could not be loaded has no tests to fail; neither has one without any.
  const lost = module.errors().length > 0 || tests.length === 0 ? 1 : 0;
  return { passed, failed: states.length - passed + lost };
}

/** Why a test was not run on this machine, where that is told and allowed. */
function excuseOf(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === "skipped" && !process.env["CI"] ? result.note : undefined;
}
