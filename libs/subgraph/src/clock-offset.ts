import { request } from "undici";
import { WeftError } from "#libs/terms";

/**
 * Seconds that the log's clock is ahead of ours, from the `Date` of one answer. Exact to half a second and half the round trip:
 * enough for a limit of five seconds.
 */
export async function clockOffset(logUrl: string, now: () => number = Date.now): Promise<number> {
  const sent = now();
  const { headers, body } = await request(`${logUrl.replace(/\/$/, "")}/checkpoint`, {
    signal: AbortSignal.timeout(2_000),
  });
  await body.dump();
  const received = now();
  const date = Date.parse(String(headers["date"]));
  if (Number.isNaN(date)) throw new WeftError("NOT_READY", { detail: "the log's answer has no date" });
  return (date + 500 - (sent + received) / 2) / 1000;
}
