import { expect, test } from "vitest";
import { checkRegistry } from "./registry-rules.js";

test("plus signs in a key's base64 are part of the key", () => {
  const keyOf = (first: string) => `${first}yMjI+23456789+IyMjIyMjIyMjIyMjIyMjIyMjIyMj`;
  const [log, witness] = [keyOf("AT"), keyOf("BD")];
  expect(Buffer.from(log, "base64").length).toBe(33);
  const value = {
    schemes: {},
    organisations: {},
    gateways: [],
    person: { seal: "p1", open: ["p1"] },
    logs: [{ origin: "log.example/x", vkey: `log.example/x+0123abcd+${log}` }],
    witnesses: { quorum: 1, vkeys: [`witness.example/y+0123abcd+${witness}`] },
  };
  const registry = { file: "registry.yaml", value, lineOf: () => 1 } as never;
  expect(checkRegistry({ registry })).toEqual([]);
});
