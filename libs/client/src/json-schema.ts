import { z } from "zod";
import { answerSchema } from "./envelope.js";

/** The text of contracts/schemas/answer.schema.json: for those who read answers in other languages. */
export function printAnswerSchema(): string {
  const schema = z.toJSONSchema(answerSchema, { target: "draft-2020-12", io: "input" });
  return `${JSON.stringify({ title: "What the gateway answers", ...schema }, null, 2)}\n`;
}
