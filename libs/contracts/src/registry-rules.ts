import type { Draft } from "./draft.js";
import type { Problem } from "./problem.js";
import type { Registry } from "./registry.js";
import type { YamlFile } from "./yaml-file.js";

/** What the form of registry.yaml cannot say: that its parts fit each other. */
export function checkRegistry({ registry }: Pick<Draft, "registry">): readonly Problem[] {
  return [
    ...schemeProblems(registry),
    ...keyProblems(registry),
    ...reviewProblems(registry),
    ...householdProblems(registry),
    ...sealProblems(registry),
    ...logProblems(registry),
    ...witnessProblems(registry),
  ];
}

function schemeProblems(registry: YamlFile<Registry>): Problem[] {
  const enums = new Map<string, string>([["WEFT_ID", "Weft itself"]]);
  return Object.entries(registry.value.schemes).flatMap(([name, scheme]) => {
    const path = ["schemes", name];
    const taken = enums.get(scheme.enum);
    enums.set(scheme.enum, name);
    const twice =
      taken === undefined
        ? []
        : [at(registry, [...path, "enum"], `${scheme.enum} is taken by ${taken}`, "another name")];
    return [...twice, ...patternProblems(registry, name, scheme)];
  });
}

/** A decoy must look like a real key, or a system could tell that somebody was withheld. */
function patternProblems(
  registry: YamlFile<Registry>,
  name: string,
  scheme: Registry["schemes"][string],
): readonly Problem[] {
  const pattern = compile(scheme.pattern);
  if (pattern === undefined)
    return [at(registry, ["schemes", name, "pattern"], `${scheme.pattern} is not a regular expression`, "^[0-9]{10}$")];
  const [from = "", to = ""] = scheme.decoys.split("-");
  if (pattern.test(from) && pattern.test(to) && from <= to) return [];
  const wrong = `decoys ${scheme.decoys} are not keys of the scheme`;
  return [at(registry, ["schemes", name, "decoys"], wrong, `a rising range of values that fit ${scheme.pattern}`)];
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "v");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A signature names its key by `kid` alone. */
function keyProblems(registry: YamlFile<Registry>): readonly Problem[] {
  const { organisations, gateways, reviews = [] } = registry.value;
  const places = [
    ...Object.entries(organisations).flatMap(([org, { keys }]) =>
      keys.map((key, index) => ({ key, path: ["organisations", org, "keys", index, "kid"] })),
    ),
    ...gateways.flatMap(({ keys }, gateway) =>
      keys.map((key, index) => ({ key, path: ["gateways", gateway, "keys", index, "kid"] })),
    ),
    ...reviews.flatMap(({ keys }, review) =>
      keys.map((key, index) => ({ key, path: ["reviews", review, "keys", index, "kid"] })),
    ),
  ];
  const seen = new Set<string>();
  return places.flatMap(({ key, path }) => {
    const twice = seen.has(key.kid);
    seen.add(key.kid);
    return twice ? [at(registry, path, `${key.kid} names two keys`, "a kid of its own for each key")] : [];
  });
}

/** A console reviews for organisations that are there. */
function reviewProblems(registry: YamlFile<Registry>): readonly Problem[] {
  const { organisations, reviews = [] } = registry.value;
  return reviews.flatMap(({ organisations: listed = [] }, review) =>
    listed.flatMap((org, index) =>
      organisations[org] === undefined
        ? [at(registry, ["reviews", review, "organisations", index], `${org} is not there`, "an organisation above")]
        : [],
    ),
  );
}

/** Rules ask one house; two could say different things. */
function householdProblems(registry: YamlFile<Registry>): readonly Problem[] {
  const [, ...others] = Object.entries(registry.value.organisations).filter(([, { households }]) => households);
  return others.map(([org]) => {
    const path = ["organisations", org, "households"];
    return at(registry, path, `${org} is the second that knows who lives together`, "one organisation with households");
  });
}

function sealProblems(registry: YamlFile<Registry>): readonly Problem[] {
  const { seal, open } = registry.value.person;
  if (open.includes(seal)) return [];
  return [at(registry, ["person", "open"], `${seal} seals and does not open`, `open: [${[...open, seal].join(", ")}]`)];
}

/** C2SP signed note: `name+keyhash+base64(0x01 ‖ 32 bytes)`. */
function logProblems(registry: YamlFile<Registry>): readonly Problem[] {
  return registry.value.logs.flatMap(({ origin, vkey }, index) => {
    if (readVkey(vkey, 1)?.name === origin) return [];
    const wrong = `vkey is not an Ed25519 verifier key of ${origin}`;
    return [at(registry, ["logs", index, "vkey"], wrong, `${origin}+<key hash>+<base64>, as the log prints it`)];
  });
}

/** C2SP cosignature: `name+keyhash+base64(0x04 ‖ 32 bytes)`. One key is one witness: what it signs does not hold its name. */
function witnessProblems(registry: YamlFile<Registry>): readonly Problem[] {
  const { quorum, vkeys } = registry.value.witnesses;
  const keys = vkeys.map((vkey) => readVkey(vkey, 4)?.key);
  const wrong = vkeys.flatMap((_vkey, index) => {
    const place = ["witnesses", "vkeys", index];
    if (keys[index] === undefined)
      return [
        at(registry, place, "vkey is not a witness's verifier key", "<name>+<key hash>+<base64>, as it prints it"),
      ];
    const twice = keys.indexOf(keys[index]) < index;
    return twice ? [at(registry, place, "two witnesses have the same key", "a key of its own for each")] : [];
  });
  if (quorum <= vkeys.length) return wrong;
  const beyond = `a quorum of ${quorum} of ${vkeys.length} witnesses cannot be reached`;
  return [...wrong, at(registry, ["witnesses", "quorum"], beyond, `at most ${vkeys.length}`)];
}

function readVkey(vkey: string, type: number): { readonly name: string; readonly key: string } | undefined {
  // The key's own base64 may hold plus signs.
  const [, name = "", key = ""] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(vkey) ?? [];
  const bytes = Buffer.from(key, "base64");
  return bytes.length === 33 && bytes[0] === type ? { name, key: bytes.toString("hex") } : undefined;
}

function at(registry: YamlFile<Registry>, path: readonly PropertyKey[], wrong: string, right: string): Problem {
  return { file: registry.file, line: registry.lineOf(path), wrong, right };
}
