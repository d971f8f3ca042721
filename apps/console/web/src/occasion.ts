import type { Occasion } from "./api.js";

const KEPT = "weft-occasion";

/** The reason of the last look, for as long as this tab lives: a detail is looked at for the reason that its list was. */
export function keepOccasion(occasion: Occasion): void {
  sessionStorage.setItem(KEPT, JSON.stringify(occasion));
}

export function keptOccasion(): Occasion | undefined {
  const text = sessionStorage.getItem(KEPT);
  return text === null ? undefined : (JSON.parse(text) as Occasion);
}
