import { expect, test } from "vitest";
import { type Broken, tryBroken } from "./broken.fixture.js";

const food = "subgraphs/food/schema.graphql";
const house = "agreements/house-cash-2026/agreement.yaml";

const forms: readonly Broken[] = [
  {
    promise: "a member that the file does not have",
    breaks: (it) => it.edit(house, "state: active", "state: active\nwaived: true"),
    says: [{ file: house, at: "waived:", wrong: "waived is not a member of this file", right: "leave it out" }],
  },
  {
    promise: "a word that is not of the list",
    breaks: (it) => it.edit(house, "state: active", "state: agreed"),
    says: [
      {
        file: house,
        at: "state:",
        wrong: "state is not one of the list",
        right: "one of: active, suspended, terminated",
      },
    ],
  },
  {
    promise: "a member left out",
    breaks: (it) => it.edit(house, "    subjects: any\n", ""),
    says: [
      {
        file: house,
        at: "  - purpose:",
        wrong: "grants.0.subjects is not one of the list",
        right: "one of: applicants, any",
      },
    ],
  },
  {
    promise: "a value of the wrong type",
    breaks: (it) => it.edit(house, "version: 1", 'version: "1"'),
    says: [{ file: house, at: "version:", wrong: "version is not of the right type", right: "a value of type number" }],
  },
  {
    promise: "a key given twice",
    breaks: (it) => it.edit(house, "state: active", "state: active\nstate: suspended"),
    says: [{ file: house, at: "state: suspended", wrong: "a key is given twice", right: "each key once" }],
  },
  {
    promise: "an anchor",
    breaks: (it) => it.edit(house, "subjects: any", "subjects: &a any"),
    says: [{ file: house, at: "    subjects:", wrong: "uses an anchor", right: "the value itself, written out" }],
  },
  {
    promise: "a private key in the registry",
    breaks: (it) => it.edit("registry.yaml", 'crv: Ed25519, x: "', 'crv: Ed25519, d: "secret", x: "'),
    says: [
      {
        file: "registry.yaml",
        at: "          jwk:",
        wrong: "organisations.org:registry.keys.0.jwk.d is not a member of this file",
        right: "leave it out",
      },
    ],
  },
  {
    promise: "decoys that no system would take for keys",
    breaks: (it) => it.edit("registry.yaml", "F0000000-F0009999", "X0000000-X0009999"),
    says: [
      {
        file: "registry.yaml",
        at: '    decoys: "X',
        wrong: "decoys X0000000-X0009999 are not keys of the scheme",
        right: "a rising range of values that fit ^F[0-9]{7}$",
      },
    ],
  },
  {
    promise: "a pattern that is none",
    breaks: (it) => it.edit("registry.yaml", "^F[0-9]{7}$", "^F[0-9{7}$"),
    says: [
      {
        file: "registry.yaml",
        at: '    pattern: "^F[0-9{7}$',
        wrong: "^F[0-9{7}$ is not a regular expression",
        right: "^[0-9]{10}$",
      },
    ],
  },
  {
    promise: "a quorum that the witnesses cannot reach",
    breaks: (it) => it.edit("registry.yaml", "quorum: 1", "quorum: 2"),
    says: [
      {
        file: "registry.yaml",
        at: "  quorum: 2",
        wrong: "a quorum of 2 of 1 witnesses cannot be reached",
        right: "at most 1",
      },
    ],
  },
  {
    promise: "a log's key in the place of a witness's",
    breaks: (it) =>
      it.edit(
        "registry.yaml",
        "witness.orvanda.example/authority+5590ae72+BHL8IdXualmxPrebZX1N4joHP3MuEgIKbR3/Qg0puYH8",
        "log.orvanda.example/qv+772f812d+AWQ7B+8Zw7gZZ9gYlDXMdHbWJvNgXSHAZFOVvdG8AIhk",
      ),
    says: [
      {
        file: "registry.yaml",
        at: "  vkeys:",
        wrong: "vkey is not a witness's verifier key",
        right: "<name>+<key hash>+<base64>, as it prints it",
      },
    ],
  },
  {
    promise: "two keys of one name",
    breaks: (it) => it.edit("registry.yaml", "kid: bank-agreement-1", "kid: clinic-agreement-1"),
    says: [
      {
        file: "registry.yaml",
        at: `kid: clinic-agreement-1,\n          use: agreement,\n          jwk: { kty: OKP, crv: Ed25519, x: "hqIiLPFZSiPCOTa62UmwN6Pr7DRakAfAIH5Mk7NSBEc`,
        wrong: "clinic-agreement-1 names two keys",
        right: "a kid of its own for each key",
      },
    ],
  },
  {
    promise: "a schema that is not GraphQL",
    breaks: (it) => it.edit(food, "type Person @key", "typ Person @key"),
    says: [
      { file: food, at: "typ Person", wrong: 'Syntax Error: Unexpected Name "typ".', right: "GraphQL schema language" },
    ],
  },
  {
    promise: "a missing file",
    breaks: (it) => it.remove("subgraphs/pay/adapter.yaml"),
    says: [
      {
        file: "subgraphs/pay/adapter.yaml",
        at: "",
        wrong: "is missing",
        right: "the file, as contracts/README.md says",
      },
    ],
  },
];

const whole: readonly Broken[] = [
  {
    promise: "a type that does not exist, found by composition",
    breaks: (it) => it.edit("subgraphs/pay/schema.graphql", "from: Date!", "from: Day!"),
    says: [
      {
        file: "subgraphs/pay/schema.graphql",
        at: "from: Day!",
        wrong: "[pay] Unknown type Day",
        right: "what Apollo Federation asks for under INVALID_GRAPHQL",
      },
    ],
  },
  {
    promise: "a mapping changed after the authority signed",
    breaks: (it) => it.append("subgraphs/civil/adapter.yaml", "# changed\n"),
    says: [
      {
        file: "subgraphs/civil/adapter.yaml",
        at: "",
        wrong: "is not what the registry authority signed",
        right: "the file as signed, or the folder signed again under a higher version",
      },
    ],
  },
];

test.each([...forms, ...whole])("refused, with place and remedy: $promise", async (broken) => {
  const { said, wanted } = await tryBroken(broken);
  expect(said).toEqual(wanted);
});
