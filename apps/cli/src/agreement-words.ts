import type { AgreementAnswer, Names } from "#libs/review";
import type { PurposeCode } from "#libs/terms";

/** An agreement as lines of text for a terminal. */
export function agreementInWords(terms: AgreementAnswer, names: Names): string {
  const { limits, duties, operations } = terms;
  const officer = limits.personsPerOfficerDay;
  const organisation = (id: string) => `${names.organisation(id)} (${id})`;
  return [
    `${terms.agreement}, version ${terms.version}, ${standings[terms.standing]}`,
    terms.summary,
    "",
    `Provider     ${organisation(terms.provider)}`,
    `Consumer     ${organisation(terms.consumer)}`,
    `In force     ${terms.from} to ${terms.until}`,
    `Limits       ${limits.personsPerRequest} persons a request${officer === undefined ? "" : `, ${officer} an officer's day`}`,
    `Duties       keep at most ${duties.retention}, pass on: ${duties.onward}${duties.records === undefined ? "" : `; the log keeps what it knows of accesses for ${duties.records}`}`,
    `Operations   ${operations.mode}`,
    ...operations.registered.map(
      ({ name, suspended }) => `             ${name}${suspended ? ", suspended by the provider" : ""}`,
    ),
    ...terms.signatures.map(
      ({ organisation: id, key, signedAt }) =>
        `Signed       ${names.organisation(id)}${signedAt === undefined ? "" : ` on ${signedAt}`}, with key ${key}`,
    ),
    `Digest       ${terms.digest}`,
    ...terms.grants.flatMap((grant) => ["", ...grantInWords(grant, names)]),
  ].join("\n");
}

const standings: Readonly<Record<AgreementAnswer["standing"], string>> = {
  active: "active",
  soon: "active, and soon over",
  over: "over",
  later: "not yet in force",
  suspended: "suspended",
  terminated: "terminated",
};

function grantInWords(grant: AgreementAnswer["grants"][number], names: Names): string[] {
  const people = grant.subjects === "applicants" ? "persons of the case that is named" : "any person";
  return [
    `For "${names.purpose(grant.purpose as PurposeCode)}", on the ground of ${grant.basis.replaceAll("-", " ")} (${grant.provision}), about ${people}:`,
    ...grant.fields.map(({ coordinate, label }) => `  - ${label}  (${coordinate})`),
    ...(grant.notice ? [`  the person hears of it ${grant.notice.delay} later (${grant.notice.provision})`] : []),
    ...(grant.filters.length === 0 ? [] : [`  lists may be narrowed by ${grant.filters.join(", ")}`]),
  ];
}
