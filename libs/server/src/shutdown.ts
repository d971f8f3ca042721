import type { Logger } from "./log.js";

const ONE_CTRL_C = 1_000;

/**
 * Ends the process in order: on SIGTERM, on SIGINT, on an error that nobody caught, and when the process that started this one
 * is gone, which a child learns from the end of a pipe. Set `WEFT_PARENT_PIPE=stdin` in a child whose standard input is
 * a pipe from its parent; a child with an IPC channel needs nothing. A second signal
 * does not wait; one that follows at once is the first again, because npm passes on what the terminal sent as well.
 */
export function stopOnSignal(close: () => Promise<void>, logger: Logger): void {
  let since: number | undefined;
  const stop = (reason: string, status: number) => {
    if (since !== undefined && Date.now() - since < ONE_CTRL_C) return;
    if (since !== undefined) process.exit(status || 1);
    since = Date.now();
    logger.info({ event: "stopping", reason }, "Stopping.");
    close().then(
      () => process.exit(status),
      (error: unknown) => {
        logger.error({ err: error, event: "stop-failed" }, "Stopping did not go well.");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM", 0));
  process.on("SIGINT", () => stop("SIGINT", 0));
  process.on("disconnect", () => stop("parent gone", 0));
  if (process.env["WEFT_PARENT_PIPE"] === "stdin") process.stdin.resume().once("close", () => stop("parent gone", 0));
  // Node would print the error's message, which may quote data.
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => {
      logger.fatal({ err: error, event }, "An error that nobody caught.");
      stop(event, 1);
    });
}
