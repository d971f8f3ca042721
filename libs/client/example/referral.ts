import { type Access, type Asker, type ClientOptions, createClient } from "#libs/client";

const question = `query Referral($who: PersonKey!) { person(key: $who) { disability { assessedLevel } } }`;
type Referral = { person: { disability: { assessedLevel: string | null } | null } };
type Who = { readonly scheme: string; readonly value: string };
type AskPerson = (clinic: Asker, who: Who, coordinates: readonly string[]) => Promise<void>;

/** A clinic asks about somebody, learns that only they may say so, asks them, and asks again once they did. */
export async function refer(options: ClientOptions, access: Access, who: Who, askPerson: AskPerson = byCode) {
  const clinic = createClient(options).for(access);
  const first = await clinic.ask<Referral>(question, { who });
  if (!first.errors.some(({ extensions }) => extensions.remedy?.consent)) return { first, second: first };
  await askPerson(clinic, who, ["DisabilityEnrolment.assessedLevel"]);
  return { first, second: await clinic.ask<Referral>(question, { who }) };
}

/** The officer hands over the code, and comes back once the person has answered at the consent register. */
async function byCode(clinic: Asker, person: Who, coordinates: readonly string[]): Promise<void> {
  const { code } = await clinic.askForConsent({ person, coordinates, until: "2027-06-30T00:00:00Z" });
  console.log(`Code for the person: ${code}. Press Enter here once they have answered.`);
  await new Promise((resolve) => process.stdin.once("data", resolve));
}
