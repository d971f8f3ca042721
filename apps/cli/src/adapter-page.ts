import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import axios from "axios";
import { z } from "zod";
import { UsageError } from "./places.js";

/** What the page of a running adapter is asked, and told, from a terminal on the same machine. */
export interface PageOptions {
  /** The adapter's state folder: who may read the page's address there may look and switch. */
  readonly state: string;
  readonly ministry?: string;
}

export interface PauseOptions extends PageOptions {
  readonly from?: string;
  readonly until?: string;
}

const pageFile = z.object({ url: z.url() });
const light = z.object({ of: z.string(), colour: z.enum(["go", "look", "stop"]), says: z.string() });
const status = z.object({
  ministries: z.array(
    z.object({
      name: z.string(),
      provider: z.string(),
      contracts: z.int().optional(),
      today: z.object({ served: z.array(z.object({ fetches: z.int() })) }).optional(),
      lights: z.array(light),
      pauses: z.array(z.object({ scope: z.string(), from: z.string(), until: z.string().optional() })),
    }),
  ),
});
export type Status = z.infer<typeof status>;

/** Of the adapter whose state folder this is. Throws `UsageError` where none answers. */
export async function adapterStatus(stateDir: string): Promise<Status> {
  return call(pageUrl(stateDir), "get");
}

/** How the adapter is; 1 where something is stopped. */
export async function showStatus(options: PageOptions): Promise<number> {
  const url = pageUrl(options.state);
  const answer = await call(url, "get");
  console.log([statusInWords(answer), `The page: ${url}`].join("\n"));
  return answer.ministries.some(({ lights }) => lights.some(({ colour }) => colour === "stop")) ? 1 : 0;
}

export async function pause(scope: string, { from, until, ...options }: PauseOptions): Promise<number> {
  return turn(options, "/pause", { scope, ...(from && { from }), ...(until && { until }) });
}

export async function resume(scope: string, options: PageOptions): Promise<number> {
  return turn(options, "/resume", { scope });
}

async function turn(options: PageOptions, route: string, asked: object): Promise<number> {
  const url = pageUrl(options.state);
  const { ministries } = await call(url, "get");
  const ministry = options.ministry ?? (ministries.length === 1 ? ministries[0]!.name : undefined);
  if (ministry === undefined)
    throw new UsageError(`Name one by --ministry: ${ministries.map(({ name }) => name).join(", ")}.`);
  const answer = await call(url + route, "post", { ministry, ...asked });
  console.log(statusInWords({ ministries: answer.ministries.filter(({ name }) => name === ministry) }));
  return 0;
}

export function statusInWords({ ministries }: Status): string {
  const marks = { go: "ok   ", look: "look ", stop: "STOP " };
  return ministries
    .map(({ name, provider, lights, pauses }) => [
      `${name} (${provider})`,
      ...lights.map(({ colour, says }) => `  ${marks[colour]}${says}`),
      ...pauses.map(
        ({ scope, from, until }) =>
          `       pause of ${scope}: from ${from}${until === undefined ? "" : ` to ${until}`}`,
      ),
    ])
    .flat()
    .join("\n");
}

async function call(url: string, method: "get" | "post", data?: object): Promise<Status> {
  const answer = await axios
    .request<unknown>({
      url,
      method,
      data,
      headers: { accept: "application/json" },
      timeout: 5_000,
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
    })
    .catch(() => {
      throw new UsageError("The adapter does not answer: is it running?");
    });
  const problem = z.object({ problem: z.string() }).safeParse(answer.data);
  if (problem.success) throw new UsageError(problem.data.problem);
  const read = status.safeParse(answer.data);
  if (!read.success) throw new UsageError("What answers there is no adapter, or one that was started anew since.");
  return read.data;
}

/** `since`: one that an earlier start left behind is none. */
export function pageUrl(stateDir: string, since = 0): string {
  const file = path.join(stateDir, "page.json");
  if (!existsSync(file) || statSync(file).mtimeMs < since)
    throw new UsageError(
      `No adapter with a page runs on ${stateDir}: start one by \`weft adapter run\`, or with WEFT_PAGE_PORT.`,
    );
  return pageFile.parse(JSON.parse(readFileSync(file, "utf8"))).url;
}
