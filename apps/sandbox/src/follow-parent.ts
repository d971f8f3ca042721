/**
 * Loaded before each app that the sandbox spawns (`node --import`): when the sandbox is gone, however it went, the pipe between the two
 * closes and the app stops. The apps themselves know nothing of it.
 */
const PATIENCE = 8000;

process.once("disconnect", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(1), PATIENCE).unref();
});
// The pipe alone must not keep an app alive that has nothing left to do.
process.channel?.unref();
