import type { SignedAgreement } from "#libs/policy";
import type { Coordinate } from "#libs/terms";
import type { Names } from "#libs/review";

/** An agreement as its signers should be able to read it: between whom, for how long, what for, which fields, within which limits. */
export function agreementInWords(
  { agreement: it, digest, registered = [] }: SignedAgreement,
  names: Names,
  language: string,
): string {
  const { limits, duties } = it;
  const officer = limits.personsPerOfficerDay;
  return [
    `${it.agreement}, version ${it.version}, ${it.state}`,
    it.summary[language] ?? Object.values(it.summary)[0] ?? "",
    "",
    `Provider     ${names.organisation(it.provider)} (${it.provider})`,
    `Consumer     ${names.organisation(it.consumer)} (${it.consumer})`,
    `In force     ${it.valid.from} to ${it.valid.until}`,
    `Limits       ${limits.personsPerRequest} persons a request${officer === undefined ? "" : `, ${officer} an officer's day`}`,
    `Duties       keep at most ${duties.retention}, pass on: ${duties.onward}`,
    `Operations   ${it.operations.mode}`,
    ...registered.map(({ name, suspended }) => `             ${name}${suspended ? ", suspended by the provider" : ""}`),
    `Digest       ${digest}`,
    ...it.grants.flatMap((grant) => ["", ...grantInWords(grant, names)]),
  ].join("\n");
}

function grantInWords(grant: SignedAgreement["agreement"]["grants"][number], names: Names): string[] {
  const fields = Object.entries(grant.fields).flatMap(([type, list]) =>
    list.map((field) => `  - ${names.field(`${type}.${field}` as Coordinate)}  (${type}.${field})`),
  );
  const people = grant.subjects === "applicants" ? "persons of the case that is named" : "any person";
  return [
    `For "${names.purpose(grant.purpose)}", on the ground of ${grant.basis.replaceAll("-", " ")} (${grant.provision}), about ${people}:`,
    ...fields,
    ...(grant.filters.length === 0 ? [] : [`  lists may be narrowed by ${grant.filters.join(", ")}`]),
  ];
}
