import type { FastifyInstance, FastifyReply } from "fastify";
import { latestPath, MAX_ADD_CHECKPOINT_BYTES, printSignature } from "#libs/access-log";
import { type Code, WeftError } from "#libs/terms";
import { addCheckpoint, type Answer, type Witness } from "./witness.js";

const TEXT = "text/plain; charset=utf-8";
const utf8 = new TextDecoder("utf-8", { fatal: true });

export interface WitnessEvents {
  readonly onAnswer: (answer: Answer) => void;
}

/** The witness's doors. They are not Nest's: the standard's body is text, which Weft's servers refuse everywhere else. */
export function witnessRoutes(scope: FastifyInstance, witness: Witness, { onAnswer }: WitnessEvents): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  scope.post("/add-checkpoint", { bodyLimit: MAX_ADD_CHECKPOINT_BYTES }, (request, reply) => {
    const answer = addCheckpoint(textOf(request.body), witness);
    onAnswer(answer);
    return send(answer, reply);
  });

  const byPath = new Map(witness.logs.map(({ name }) => [latestPath(name), name]));
  scope.get("/latest/:origin", (request, reply) => {
    const origin = byPath.get(`/latest/${(request.params as { origin: string }).origin}`);
    const note = origin === undefined ? undefined : witness.state.find(origin)?.note;
    if (note === undefined) throw new WeftError("NOT_FOUND");
    return reply.type(TEXT).header("cache-control", "no-store").send(note);
  });

  scope.get("/forks", (_request, reply) => reply.header("cache-control", "no-store").send(witness.state.forks()));
}

function send(answer: Answer, reply: FastifyReply): FastifyReply {
  if (answer.status === 200) return reply.type(TEXT).send(printSignature(answer.signature));
  if (answer.status === 409) return reply.status(409).type("text/x.tlog.size").send(`${answer.size}\n`);
  throw new WeftError(refusals[answer.status], { status: answer.status });
}

const refusals = {
  400: "REQUEST_MALFORMED",
  403: "CHECKPOINT_REJECTED",
  404: "NOT_FOUND",
  422: "CHECKPOINT_INCONSISTENT",
} as const satisfies Record<number, Code>;

/** What is no text is no request: the decision answers 400. */
function textOf(body: unknown): string {
  try {
    return Buffer.isBuffer(body) ? utf8.decode(body) : "";
  } catch {
    return "";
  }
}
