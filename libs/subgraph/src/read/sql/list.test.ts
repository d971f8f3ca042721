import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { coordinate, parseAgreementId, parseOrgId } from "#libs/terms";
import { compileRead } from "../compile.js";
import type { ReadRequest } from "../port.js";
import { yamlOn } from "./health.fixture.js";
import { kinds } from "./kinds.fixture.js";
import { configOf, nid, request, schema, startWorld, type World } from "./world.fixture.js";

const roster = compileRead(
  'query($first: Int!, $after: String, $s: Standing) { roster(district: "QV-3-07", status: $s, first: $first, after: $after) { nodes { status person { ref identity { fullName } } } pageInfo { hasNextPage endCursor } } }',
  schema,
  configOf(yamlOn(kinds[0]!.source)),
);

interface RosterPage {
  readonly nodes: readonly {
    readonly status: string;
    readonly person: { readonly ref: string; readonly identity: { readonly fullName: string } };
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

for (const kind of kinds)
  describe.skipIf(kind.missing !== undefined)(kind.missing ?? kind.name, () => {
    let world: World;

    beforeAll(async () => {
      world = await startWorld(kind);
    });

    afterAll(() => world?.stop());

    async function page(
      first: number,
      after: string | null,
      more: Partial<ReadRequest> = {},
    ): Promise<RosterPage & { readonly released: readonly string[] }> {
      const result = await world.ministry.read(
        roster,
        request([], { variables: { first, after, s: "ACTIVE" }, ...more }),
      );
      expect(result.errors).toEqual([]);
      return {
        ...(JSON.parse(JSON.stringify(result.data)) as { roster: RosterPage }).roster,
        released: result.released,
      };
    }

    test("a list is walked to its end in keyset pages: the chosen record is what filters look at", async () => {
      const refs: string[] = [];
      let after: string | null = null;
      for (let more = true; more;) {
        const each: RosterPage & { released: readonly string[] } = await page(4, after);
        expect(each.released.map((person) => `ref ${person}`)).toEqual(each.nodes.map((node) => node.person.ref));
        refs.push(...each.nodes.map((node) => node.person.ref));
        after = each.pageInfo.endCursor;
        more = each.pageInfo.hasNextPage;
      }
      expect(refs).toEqual([1, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28].map((n) => `ref ${nid(n)}`));
    });

    test("restricted persons are not in a list, nor whoever withholds what it is filtered by; pages stay full", async () => {
      const hidden = new Map<string, "everything" | Set<never>>([
        [nid(10), "everything"],
        [nid(14), new Set([coordinate("Health", "status")]) as Set<never>],
      ]);
      const all = await page(9, null, { withhold: (rows) => rows.map((row) => hidden.get(row.person) ?? new Set()) });
      expect(all.nodes.map((node) => node.person.ref)).toEqual(
        [1, 12, 16, 18, 20, 22, 24, 26, 28].map((n) => `ref ${nid(n)}`),
      );
      expect(all.pageInfo.hasNextPage).toBe(false);
      const nobody = await page(2, null, { withhold: (rows) => rows.map(() => "everything" as const) });
      expect(nobody.nodes).toEqual([]);
    });

    test("a list that rests on consent is of those who consented, by any of their numbers: the system is asked for nobody else", async () => {
      const consenting = [nid(12), nid(16), nid(20), nid(99)].map((person) => ({ person, withheld: new Set<never>() }));
      const first = await page(2, null, { consenting });
      expect(first.released).toEqual([nid(12), nid(16)]);
      const rest = await page(2, first.pageInfo.endCursor, { consenting });
      expect([rest.released, rest.pageInfo.hasNextPage]).toEqual([[nid(20)], false]);
      const status = coordinate("Health", "status");
      const unsought = consenting.map((one) => ({ ...one, withheld: new Set([status]) }));
      expect((await page(2, null, { consenting: unsought })).released).toEqual([]);
      expect((await page(2, null, { consenting: [] })).released).toEqual([]);
    });

    test("a cursor is bound to consumer, agreement and operation, and a page to its list's bound", async () => {
      const { endCursor } = (await page(2, null)).pageInfo;
      const other = { consumer: parseOrgId("org:bank"), agreement: parseAgreementId("dsa-1") };
      await expect(page(2, endCursor, { binding: other })).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
      await expect(page(2, `${endCursor}A`)).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
      await expect(page(51, null)).rejects.toMatchObject({ code: "VARIABLES_INVALID" });
      expect((await page(2, endCursor)).nodes).toHaveLength(2);
    });
  });
