import { expect, test } from "vitest";
import { bare } from "./paper.js";

test("what a printed page cannot draw is left out, and Latin letters within Arabic still end where they end", () => {
  expect(bare("سُجّلت")).toBe("سجلت");
  expect(bare("على أساس: \u2068Act s. 4(2)\u2069.")).toBe("على أساس: Act s. 4(2)\u200E.");
  expect(bare("Act s. 4(2).")).toBe("Act s. 4(2).");
});
