import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

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
    include: ["libs/*/src/**/*.test.ts", "apps/*/web/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});
