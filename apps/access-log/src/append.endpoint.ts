import { Body, Controller, Inject, Post, Res } from "@nestjs/common";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { admit, Submission } from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/** Submissions are read one by one, so that one bad record does not refuse its neighbours. */
const AppendRequest = z.strictObject({ records: z.array(z.unknown()).min(1).max(1_000) });

interface Refusal {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

/** In the order of the records: a proof, or null and the refusal at the same place. `errors` is left out where all were taken. */
export interface AppendAnswer {
  readonly proofs: readonly (string | null)[];
  readonly errors?: readonly (Refusal | null)[];
}

/** `POST /append`, DESIGN §8.5. The records' own signatures say who may write; the connection's certificate who may try. */
@Controller()
export class AppendEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  @Post("append")
  async append(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<AppendAnswer> {
    this.#log.assertSound();
    const request = AppendRequest.safeParse(body);
    if (!request.success) throw new WeftError("REQUEST_MALFORMED");
    const results = await Promise.all(request.data.records.map((record) => this.#appendOne(record)));
    const errors = results.map((result) => (typeof result === "string" ? null : result));
    reply.status(statusOf(errors));
    const proofs = results.map((result) => (typeof result === "string" ? result : null));
    return errors.every((error) => error === null)
      ? { proofs }
      : {
          proofs,
          errors: errors.map((error) => error && { message: error.message, extensions: { code: error.code } }),
        };
  }

  async #appendOne(record: unknown): Promise<string | WeftError> {
    try {
      const submission = Submission.safeParse(record);
      if (!submission.success) throw new WeftError("RECORD_INVALID");
      const candidate = admit(submission.data, this.#log, this.#log.now());
      const { proof } = await this.#log.sequencer.append(candidate);
      this.#log.onAppend("appended");
      return proof;
    } catch (error) {
      const refusal = error instanceof WeftError ? error : new WeftError("INTERNAL", { cause: error });
      this.#log.onAppend(refusal.code);
      return refusal;
    }
  }
}

/** A status of an error only where every record met the same one. */
function statusOf(errors: readonly (WeftError | null)[]): number {
  const statuses = new Set(errors.map((error) => error?.status ?? 200));
  const [only] = statuses;
  return statuses.size === 1 && only !== undefined ? only : 200;
}
