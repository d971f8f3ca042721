import { z } from "zod";
import { coordinates, digest, instant, org, purpose } from "../members.js";

/** A person as a question names one: a scheme of the registry, or WEFT_ID for a reference that the gateway gave. */
export const PersonKey = z.strictObject({ scheme: z.string().max(32), value: z.string().min(1).max(128) });
export type PersonKey = z.infer<typeof PersonKey>;

/** Body of `POST /consent-requests`: an organisation asks a person, through its officer, for a consent to itself. */
export const AskBody = z.strictObject({
  person: PersonKey,
  guardian: z
    .strictObject({
      person: PersonKey,
      majority: instant.describe("When the ward comes of age: the consent ends then, at the latest."),
      evidence: digest.describe("Of the paper by which the office knows that they are the guardian."),
    })
    .optional()
    .describe("Who answers for the person, where it is not the person."),
  purpose,
  coordinates: coordinates.min(1).max(64),
  recipients: z
    .tuple([org])
    .optional()
    .describe("The asking organisation, also where not given. Nobody asks for another."),
  until: instant.describe("How long the consent would hold."),
  expires: instant.optional().describe("How long the request waits; 14 days unless told."),
  case: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/)
    .optional(),
});
export type AskBody = z.infer<typeof AskBody>;
