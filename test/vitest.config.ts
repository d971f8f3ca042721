import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import LongestFirst from "./sequencer.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root,
  // graphql is CommonJS to Apollo: the same file for all, or there are two realms.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: `${root}node_modules/graphql/index.js` },
      { find: /^#libs\/([a-z-]+)$/, replacement: `${root}libs/$1/src/index.ts` },
    ],
  },
  // Nest's decorators, in tests too: no tsconfig beside a source includes its tests.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "code",
          include: [
            "{libs,apps}/*/src/**/*.test.ts",
            "apps/*/web/src/**/*.test.ts",
            "test/{architecture,conformance,runtime}/**/*.test.ts",
          ],
          // Modules are loaded once for all files: what a test file leaves behind in them, it clears up itself.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "worlds",
          include: ["test/{attack,bench,browser,journeys,readme}/**/*.test.ts"],
          globalSetup: "test/journeys/country-setup.ts",
        },
      },
    ],
  },
});
