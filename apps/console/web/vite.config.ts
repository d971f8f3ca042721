import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  logLevel: "error",
  build: {
    outDir: fileURLToPath(new URL("../../../dist/apps/console/web", import.meta.url)),
    emptyOutDir: true,
    // What does not belong to the first screen comes when its page is opened.
    chunkSizeWarningLimit: 700,
    // Nothing inline: the page's policy takes scripts from its own origin only.
    assetsInlineLimit: 0,
  },
});
