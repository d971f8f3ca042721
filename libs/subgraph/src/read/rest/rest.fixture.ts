import {
  contributions,
  head,
  memberTypes,
  members,
  bodyOf,
  rosterList,
  sendJson,
  type ServiceKind,
  startService,
} from "./insurance.fixture.js";

const yaml = `${head(`
  kind: rest
  url: env:API
  resources:
    members:
      identify: { path: /numbers, body: { nids: $nid, ssns: $ssn }, rows: "$.rows[*]", next: "$.next", nextAs: after, maxPages: 5 }
      values: { path: /members, body: { nids: $nid, ssns: $ssn, columns: $columns }, rows: "$.rows", next: "$.next", nextAs: after, maxPages: 5 }
      page: { path: /roster, body: { district: $district, status: $status, only: $nid, limit: $limit, after: $after }, rows: "$.rows[*]" }
    contributions:
      values: { path: /contributions, body: { ssns: $keys, from: $from }, rows: "$.rows[*]" }
`)}${memberTypes}${rosterList}`;

type Body = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export const restKind: ServiceKind = {
  name: "REST",
  yaml,
  calls: () => 2,
  pages: true,
  nonsense: "<html>",
  start: () =>
    startService(
      (service) => (request, response) => {
        void bodyOf(request).then((text) => {
          if (request.method === "GET") return sendJson(response, {});
          const body = JSON.parse(text) as Body;
          const list = (name: string) => (body[name] ?? []) as readonly string[];
          const what = (request.url ?? "").slice(1);
          const columns = what === "members" ? list("columns") : null;
          service.asked.push({ what, keys: [...list("nids"), ...list("ssns")], columns, headers: request.headers });
          if (what === "contributions")
            return sendJson(response, { rows: contributions.filter((one) => list("ssns").includes(one.ssn)) });
          if (what === "roster") {
            const listed = members.filter(
              (one) => one.district === body["district"] && one.ssn > String(body["after"] ?? ""),
            );
            return sendJson(response, { rows: listed.slice(0, Number(body["limit"])) });
          }
          const found = members.filter((one) => list("nids").includes(one.nid) || list("ssns").includes(one.ssn));
          const from = Number(body["after"] ?? 0);
          const shown = what === "numbers" ? ["nid", "ssn"] : list("columns");
          const rows = found
            .slice(from, from + service.pageSize)
            .map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => shown.includes(name))));
          const next = from + service.pageSize;
          return sendJson(response, { rows, ...(next < found.length ? { next } : {}) });
        });
      },
      (url) => ({ API: url }),
    ),
};
