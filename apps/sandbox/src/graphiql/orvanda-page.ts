import { readFileSync } from "node:fs";
import path from "node:path";
import { parseStrictYaml } from "#libs/terms";
import { z } from "zod";
import { ask, type AskTarget } from "../ask.js";
import type { Country } from "../country/country.js";
import { ROSTER_DISTRICT } from "../country/places.js";
import { defaultContracts } from "../network.js";
import { findPersona, personas } from "../personas.js";
import { CONSENTING, NOT_ASKED, type QuestionName, questionsOf } from "../questions.js";
import { type Graphiql, startGraphiql } from "./graphiql.js";

/** The page as it is for a running sandbox: its personas, the questions as tabs, and the gateway that it asks. */
export function openGraphiql(
  { country, urls }: { readonly country: Country; readonly urls: AskTarget["urls"] },
  port: number,
): Promise<Graphiql> {
  return startGraphiql({
    port,
    ask: async ({ persona, purpose, caseId, explain, query, variables, operationName }) => {
      const found = findPersona(persona);
      if (!found) return { status: 400, body: { errors: [{ message: "No such persona." }] } };
      return ask(
        { urls },
        {
          persona: found.name,
          purpose,
          caseId,
          query,
          variables: variables ?? undefined,
          operationName: operationName ?? undefined,
          prefer: explain ? "explain" : undefined,
        },
      );
    },
    sandbox: {
      personas: Object.values(personas).map(({ name, label, purpose, caseId }) => ({ name, label, purpose, caseId })),
      purposes: ["eligibility-assessment", "enrolment", "benefit-payment", "identity-verification", "referral"],
      questions: Object.values(questionsOf(country)).map(({ name, title, persona, query, variables }) => ({
        title: titlesLater[name] ?? title,
        persona,
        query,
        variables,
      })),
      names: organisationNames(),
      gateway: urls.gateway,
    },
  });
}

/** The start of the sandbox made a provider busy for a moment, and had a consent withdrawn. */
const titlesLater: Partial<Record<QuestionName, string>> = {
  roster: `The cash-transfer programme checks its roster in ${ROSTER_DISTRICT} before it pays`,
  referral: `A clinic refers ${CONSENTING}, who has withdrawn her consent, and ${NOT_ASKED}, who was not asked`,
};

const registry = z.object({ organisations: z.record(z.string(), z.object({ name: z.object({ en: z.string() }) })) });

function organisationNames(): Record<string, string> {
  const text = readFileSync(path.join(defaultContracts, "registry.yaml"), "utf8");
  const { organisations } = registry.parse(parseStrictYaml(text));
  return Object.fromEntries(Object.entries(organisations).map(([org, { name }]) => [org, name.en]));
}
