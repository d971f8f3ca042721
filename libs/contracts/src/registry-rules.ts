import type { Draft } from "./draft.js";
import type { Problem } from "./problem.js";
import type { Registry } from "./registry.js";
import type { YamlFile } from "./yaml-file.js";

/** What the form of registry.yaml cannot say: that its parts fit each other. */
export function checkRegistry({ registry }: Pick<Draft, "registry">): readonly Problem[] {
  return [...schemeProblems(registry), ...keyProblems(registry), ...sealProblems(registry), ...logProblems(registry)];
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
  const { organisations, gateways } = registry.value;
  const places = [
    ...Object.entries(organisations).flatMap(([org, { keys }]) =>
      keys.map((key, index) => ({ key, path: ["organisations", org, "keys", index, "kid"] })),
    ),
    ...gateways.flatMap(({ keys }, gateway) =>
      keys.map((key, index) => ({ key, path: ["gateways", gateway, "keys", index, "kid"] })),
    ),
  ];
  const seen = new Set<string>();
  return places.flatMap(({ key, path }) => {
    const twice = seen.has(key.kid);
    seen.add(key.kid);
    return twice ? [at(registry, path, `${key.kid} names two keys`, "a kid of its own for each key")] : [];
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
    const [name, hash = "", key = ""] = vkey.split(/\+(.{8})\+/s);
    const bytes = Buffer.from(key, "base64");
    if (name === origin && /^[0-9a-f]{8}$/.test(hash) && bytes.length === 33 && bytes[0] === 1) return [];
    const wrong = `vkey is not an Ed25519 verifier key of ${origin}`;
    return [at(registry, ["logs", index, "vkey"], wrong, `${origin}+<key hash>+<base64>, as the log prints it`)];
  });
}

function at(registry: YamlFile<Registry>, path: readonly PropertyKey[], wrong: string, right: string): Problem {
  return { file: registry.file, line: registry.lineOf(path), wrong, right };
}
