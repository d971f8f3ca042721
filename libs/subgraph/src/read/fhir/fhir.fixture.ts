import type { RequestListener } from "node:http";
import {
  bodyOf,
  contributions,
  head,
  type Member,
  members,
  sendJson,
  type Service,
  type ServiceKind,
  startService,
} from "../rest/insurance.fixture.js";

const nidSystem = "urn:orvanda:nid";
const ssnSystem = "https://insurance.example/id/ssn";

export const fhirYaml = `${head(`
  kind: fhir
  url: env:API
  systems: { nid: "${nidSystem}", ssn: "${ssnSystem}" }
  maxPages: 5
  resources:
    members: { type: Patient, page: { query: { "address-district:exact": $district, "_has:Coverage:beneficiary:status": $status } } }
    coverages: { type: Coverage, reference: beneficiary }
    contributions: { type: Observation, reference: subject }
`)}
codes: { standing: { active: ACTIVE, cancelled: EXITED } }
types:
  Person:
    from: members
    identifiers: [ { scheme: nid, column: nid }, { scheme: ssn, column: ssn } ]
    fields:
      member: { type: Member }
      contributions: { list: { of: Contribution, newest: "$.effectiveDateTime", keyset: [id], maxRows: 50, filters: { from: { column: "$.effectiveDateTime", date: iso, test: atLeast } } } }
  Member:
    from: coverages
    on: { ssn: members.ssn }
    asOf: { column: "$.meta.lastUpdated", date: iso }
    quality: { declared: { "$.type.text": self }, otherwise: verified }
    fields:
      source: { value: Insurance }
      person: { type: Person }
      status: { column: status, codes: standing }
      since: { column: "$.period.start" }
      wage: { column: "$.class[?@.type.text=='wage'].value" }
  Contribution:
    from: contributions
    on: { ssn: members.ssn }
    fields: { source: { value: Insurance }, month: { column: "$.effectiveDateTime", date: iso }, amount: { column: "$.valueQuantity.value" } }
lists:
  roster: { of: Member, keyset: [ssn], maxRows: 50, filters: { district: { column: district }, status: { column: status, codes: standing } } }
`;

type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly id: string };

const day = (text: string) => text.split("/").toReversed().join("-");
export const patientOf = (one: Member): Resource => ({
  resourceType: "Patient",
  id: `p${one.ssn}`,
  identifier: [
    { system: nidSystem, value: one.nid },
    { system: ssnSystem, value: one.ssn },
  ],
  address: [{ district: one.district }],
});
const coverageOf = (one: Member): Resource => ({
  resourceType: "Coverage",
  id: `c${one.ssn}`,
  meta: { lastUpdated: `${one.changed}T08:00:00Z` },
  status: { A: "active", X: "cancelled" }[one.status] ?? one.status,
  type: { text: one.evidence },
  beneficiary: { reference: `Patient/p${one.ssn}` },
  period: { start: day(one.since) },
  class: [{ type: { text: "wage" }, value: one.wage }],
});
const observations: readonly Resource[] = contributions.map((one) => ({
  resourceType: "Observation",
  id: one.no,
  status: "final",
  subject: { reference: `Patient/p${one.ssn}` },
  effectiveDateTime: one.month,
  valueQuantity: { value: Number(one.amount) },
}));

/** How the server behaves. */
export interface Manner {
  patient: (one: Member) => Resource;
  bundle: (bundle: { readonly entry: readonly object[] }, url: string) => object;
  readonly received: { readonly url: string; readonly query: URLSearchParams }[];
}
export const newManner = (): Manner => ({ patient: patientOf, bundle: (bundle) => bundle, received: [] });

/** `a|b,c\,d|e` */
export function identifiersOf(query: URLSearchParams): readonly (readonly [string, string])[] {
  const parts = (query.get("identifier") ?? "").match(/(?:\\.|[^,\\])+/gs) ?? [];
  return parts.map((part) => {
    const [system = "", value = ""] = part.match(/(?:\\.|[^|\\])+/gs) ?? [];
    return [system.replace(/\\(.)/gs, "$1"), value.replace(/\\(.)/gs, "$1")];
  });
}

const matches = (one: Member, asked: readonly (readonly [string, string])[]) =>
  asked.some(([system, value]) =>
    system === nidSystem ? one.nid === value : system === ssnSystem && one.ssn === value,
  );

function withElements(one: Resource, elements: readonly string[]): object {
  const kept = ["resourceType", "id", "meta", ...elements];
  return Object.fromEntries(Object.entries(one).filter(([name]) => elements.length === 0 || kept.includes(name)));
}

function whatOf(type: string): string {
  if (type === "Observation") return "contributions";
  return type === "Coverage" ? "members" : "numbers";
}

function serveFhir(service: Service, manner: Manner): RequestListener {
  return (request, response) => {
    void bodyOf(request).then((text) => {
      const url = new URL(request.url ?? "/", service.url);
      if (url.pathname === "/metadata") return sendJson(response, { resourceType: "CapabilityStatement" });
      const query = request.method === "POST" ? new URLSearchParams(text) : url.searchParams;
      manner.received.push({ url: request.url ?? "", query });
      const asked = identifiersOf(query);
      const [type = ""] = (query.get("_revinclude") ?? "").split(":");
      const elements = query.get("_elements")?.split(",") ?? [];
      const district = query.get("address-district:exact");
      const what = district === null ? whatOf(type) : "roster";
      service.asked.push({ what, keys: asked.map(([, value]) => value), columns: null, headers: request.headers });
      const found =
        district === null
          ? members.filter((one) => matches(one, asked))
          : members.toReversed().filter((one) => one.district === district);
      const from = Number(query.get("_from") ?? 0);
      const page = found.slice(from, from + service.pageSize);
      const hanging = page.flatMap((one) => {
        if (type === "Coverage") return [coverageOf(one)];
        return type === "Observation"
          ? observations.filter(
              (each) => (each["subject"] as { reference: string }).reference === `Patient/p${one.ssn}`,
            )
          : [];
      });
      const entry = [...page.map((one) => manner.patient(one)), ...hanging].map((one) => ({
        resource: withElements(one, elements),
      }));
      const following = new URLSearchParams(query);
      following.set("_from", String(from + service.pageSize));
      const next = from + service.pageSize < found.length || service.pageSize === 0;
      const link = next ? [{ relation: "next", url: `${service.url}/Patient?${following.toString()}` }] : [];
      const bundle = { resourceType: "Bundle", type: "searchset", link, entry };
      sendJson(response, manner.bundle(bundle, url.pathname), 200, "application/fhir+json");
    });
  };
}

export const startFhir = (manner = newManner()) =>
  startService(
    (service) => serveFhir(service, manner),
    (url) => ({ API: url }),
  );

export const fhirKind: ServiceKind = {
  name: "FHIR",
  yaml: fhirYaml,
  calls: () => 2,
  pages: true,
  nonsense: '{"resourceType":"Patient"}',
  start: () => startFhir(),
};
