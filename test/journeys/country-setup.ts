import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the countries are that journeys copy. */
    countries: string;
  }
}

/** One folder for all test files of a run; `country.ts` fills it once somebody needs a country. */
export default function setup(project: TestProject): () => void {
  const countries = mkdtempSync(path.join(tmpdir(), "weft countries "));
  project.provide("countries", countries);
  return () => rmSync(countries, { recursive: true, force: true });
}
