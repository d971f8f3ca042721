import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStrictYaml } from "#libs/terms";
import { adapterConfigSchema } from "./config.js";

const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";

test("the README's example of every feature is a valid adapter.yaml", () => {
  const parsed = adapterConfigSchema.safeParse(parseStrictYaml(example));
  expect(parsed.error?.issues ?? []).toEqual([]);
});
