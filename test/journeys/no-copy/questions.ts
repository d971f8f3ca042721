import { generateKeyPairSync } from "node:crypto";
import { accessTokenOf, signAccessToken, signDpop } from "#libs/token";
import { parseCaseId, parseOrgId, parsePartyId, parsePurposeCode } from "#libs/terms";
import type { Asked } from "../../../apps/sandbox/src/ask.js";
import { hasMariadb } from "../../../apps/sandbox/src/mariadb.js";
import { sandboxKey } from "../../../apps/sandbox/src/keys.js";
import { personas } from "../../../apps/sandbox/src/personas.js";
import type { Orvanda } from "../orvanda.js";
import { type Canary, CANARY_DISTRICT } from "./fifty.js";

/** All that an agreement lets a caseworker ask, and what none does. */
const everything = `
  id
  identity { fullName ageAtLeast(years: Y60) residenceDistrict asOf }
  vitalStatus { finding asOf }
  cashTransfer { status since householdSize povertyScoreBelow(threshold: ELIGIBLE_2026) }
  foodSupport { status since } farmInputs { status since }
  schooling { attending presentAtLeast(share: S80) stage asOf }
  socialInsurance { contributing contributedAtLeast(months: M60) fundsAnswered }
  employment { jobSeeking registeredAtLeast(months: R3) measure asOf }
  ${hasMariadb ? "health { feeExempt asOf }" : ""}
  disability { meetsStatutoryLevel assessedLevel }
  payments(from: "2026-10-01", first: 3) { nodes { amount state dueOn } }`;

/** What each persona asks about one of the fifty in the course of its work. */
export function dailyQuestions({ key, cashNo, account, name, nid, born }: Canary): Asked[] {
  const claimed = { fullName: name, dateOfBirth: born, nationalId: nid };
  return [
    {
      persona: "caseworker",
      query: `query Q($who: PersonKey!) { person(key: $who) { ${everything} } }`,
      variables: { who: key },
    },
    {
      persona: "programme",
      purpose: "enrolment",
      query: `{ person(key: { value: "${nid}" }) { identity { fullName dateOfBirth residenceDistrict } schooling { attending } socialInsurance { contributing } } }`,
    },
    {
      persona: "programme",
      query: `query Q($no: String!) { person(key: { scheme: CASH_TRANSFER_NO, value: $no }) {
        vitalStatus { finding } payments(from: "2026-01-01", first: 5) { nodes { amount dueOn state programme } } } }`,
      variables: { no: cashNo },
    },
    {
      persona: "bank",
      query: `query Q($who: PersonKey!, $claimed: ClaimedIdentity!, $account: String!) { person(key: $who) {
        identityMatch(claimed: $claimed) { fullName dateOfBirth nationalId } accountMatch(account: $account)
        cashTransfer { status } } }`,
      variables: { who: key, claimed, account },
    },
  ];
}

/** Lists that hold all of them, page by page. */
export function rosterPage(after: string | null): Asked {
  return {
    persona: "programme",
    query: `query Roster($after: String) { cashTransferEnrolments(district: "${CANARY_DISTRICT}", first: 30, after: $after) {
      nodes { status since monthlyAmount person { id vitalStatus { finding } payments(from: "2026-01-01", first: 2) { nodes { amount dueOn } } } }
      pageInfo { hasNextPage endCursor } } }`,
    variables: { after },
  };
}

export function referralOf(canaries: readonly Canary[]): Asked {
  return {
    persona: "clinic",
    query: `query R($who: [PersonKey!]!) { persons(keys: $who) { disability { assessedLevel since status } ${hasMariadb ? "health { exemption exemptSince inLongTermCare }" : ""} } }`,
    variables: { who: canaries.map(({ key }) => key) },
  };
}

/** Questions that are answered in part or not at all, with the person's values wherever a caller can put one. */
export function oddQuestions(canary: Canary): Asked[] {
  return [...answeredInPart(canary), ...notWellFormed(canary)];
}

const head = "query Q($who: PersonKey!)";

function answeredInPart({ key, nid, name, given, account, born, cashNo }: Canary): Asked[] {
  const who = { who: key };
  const spelt = `${nid.slice(0, 4)}.${nid.slice(4, 7)}.${nid.slice(7)}`;
  const about = (fields: string) => `{ person(key: {value: "${nid}"}) { ${fields} } }`;
  const match = `identityMatch(claimed: {fullName: """${name}""", dateOfBirth: "${born}"}) { fullName dateOfBirth }`;
  const named = `query ${given}($${given}: PersonKey!) { person(key: $${given}) { ...${given} } }
    fragment ${given} on Person { identity { fullName } }`;
  const all = {
    persona: "caseworker",
    query: `${head} { person(key: $who) { ${everything} } }`,
    variables: who,
  } as const;
  return [
    { persona: "caseworker", query: about(`${given}: identity { fullName }`) },
    { persona: "caseworker", query: about("identity { fullName }").replace(nid, spelt) },
    { persona: "caseworker", query: `${about("identity { fullName }")} # ${name} ${born} ${cashNo}` },
    { persona: "caseworker", query: named, variables: { [given]: key } },
    { persona: "bank", query: about(`${match} accountMatch(account: "${account}")`) },
    { persona: "bank", query: about(`identity { fullName } payments(from: "${born}", first: 1) { nodes { amount } }`) },
    { persona: "clinic", query: about("disability { assessedLevel } identity { fullName }") },
    { ...all, prefer: "reject" },
    { ...all, prefer: "explain" },
    { ...all, purpose: "research" },
  ];
}

/** These say whom they are about all the same. */
function notWellFormed({ key, nid, name, given, born }: Canary): Asked[] {
  const caseworker = (query: string, variables?: Asked["variables"], operationName?: string): Asked => ({
    persona: "caseworker",
    query,
    variables,
    operationName,
  });
  const list = (found: string): Asked => ({
    persona: "programme",
    query: `{ cashTransferEnrolments(${found}, first: 5) { nodes { status } } }`,
  });
  const nameOf = `${head} { person(key: $who) { identity { fullName } } }`;
  return [
    caseworker(`{ person(key: "${nid}") { identity { fullName } } }`),
    caseworker(`{ person(key: {value: "${name}"}) { identity { fullName } } }`),
    caseworker(`{ person(key: {value: "${nid}${nid}"}) { identity { fullName } } }`),
    caseworker(`{ person(key: {scheme: ${given}, value: "${nid}"}) { identity { fullName } } }`),
    caseworker(`{ person(key: {value: "${nid}", name: "${name}"}) { ${given} { fullName } } }`),
    caseworker(`{ ${given}(key: "${nid}") { ${given} } }`),
    caseworker(`{ person(key: {value: "${nid}"} { identity { "${name}`),
    caseworker(nameOf, { who: { scheme: "NATIONAL_ID", value: name } }),
    caseworker(nameOf, { who: name }),
    caseworker(nameOf, { who: key, [given]: born }),
    caseworker(nameOf, { who: key }, given),
    caseworker(`${head} { person(key: $who) { payments(from: "${name}", first: 1) { nodes { state } } } }`, {
      who: key,
    }),
    list(`district: "${name}"`),
    list(`district: "${CANARY_DISTRICT}", after: "${nid}"`),
  ];
}

/** What no client library would send: bytes and headers as they are. */
export async function oddRequests({ urls }: Pick<Orvanda, "urls">, canary: Canary): Promise<number[]> {
  const { nid, name, born } = canary;
  const url = `${urls.gateway}/graphql`;
  const body = JSON.stringify({ query: `{ person(key: {value: "${nid}"}) { identity { fullName } } }` });
  const ask = (more: RequestInit, headers: Record<string, string> = {}) =>
    fetch(url, { method: "POST", body, ...more, headers: { ...signed(urls.gateway), ...headers } });
  const post = (to: string, text: string) =>
    fetch(to, { method: "POST", body: text, headers: { "content-type": "application/json" } });
  const answers = await Promise.all([
    ask({ body: `{"query": "{ person(key: {value: \\"${nid}\\"}) ${name}` }),
    ask({ body: `[${body},${body}]` }),
    ask({ body: body.replace("}", `},"${name}":"${born}"`) }),
    ask({ body: body.repeat(2000) }),
    ask({}, { "content-type": `text/plain; charset=${name}` }),
    ask({}, { accept: name }),
    ask({}, { "x-request-id": nid, "user-agent": name, referer: `https://${nid}.example/` }),
    ask({}, { authorization: `DPoP ${nid}.${name}.${born}` }),
    ask({}, { authorization: `Bearer ${name}` }),
    ask({}, { dpop: name }),
    fetch(`${url}?query={person(key:{value:"${nid}"}){identity{fullName}}}&name=${encodeURIComponent(name)}`),
    fetch(`${urls.gateway}/${nid}/${name}`),
    fetch(`${urls.gateway}/log/proof/${nid}`),
    fetch(`${urls.log}/proof/${nid}`),
    post(`${urls.log}/append`, `{"records":[{"jwt":"${name}","disclosures":["${nid}"]}]}`),
    post(`${urls.log}/append`, `{"records": ${name}`),
    post(`${urls.adapter}/civil/graphql`, body),
    post(`${urls.adapter}/${nid}/graphql?${name}`, `{"query":"${name}"`),
  ]);
  return answers.map(({ status }) => status);
}

function signed(audience: string): Record<string, string> {
  const { org, client, officer, issuer, purpose, caseId } = personas.caseworker;
  const key = generateKeyPairSync("ed25519").privateKey;
  const now = new Date();
  const claims = accessTokenOf(
    {
      iss: issuer.iss,
      audience,
      org: parseOrgId(org),
      client: parsePartyId(client),
      officer: parsePartyId(officer),
      purpose: parsePurposeCode(purpose),
      caseId: parseCaseId(caseId),
      boundTo: { key },
    },
    now,
  );
  const token = signAccessToken(claims, { kid: issuer.kid, key: sandboxKey(issuer.kid).privateKey });
  return {
    "content-type": "application/json",
    authorization: `DPoP ${token}`,
    dpop: signDpop({ method: "POST", url: `${audience}/graphql`, token }, key, now),
  };
}
