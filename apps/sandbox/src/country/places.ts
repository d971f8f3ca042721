/** Orvanda: eight regions, forty districts. `QV-3-07` is the seventh district of the third region. Every name is invented. */
export interface District {
  readonly code: string;
  readonly name: string;
  readonly region: string;
  readonly rural: boolean;
  /** Share of the population, relative to the others. */
  readonly weight: number;
}

const regions: readonly (readonly [name: string, districts: readonly string[]])[] = [
  ["Harrowmere", ["Vessin", "Old Quay", "Tallow Row", "Saltgate", "Merrow"]],
  ["Upper Dasht", ["Korvin", "Ambrel", "Nisk", "Oudeh"]],
  ["Lower Dasht", ["Senn", "Parrow", "Ilmet", "Tashk", "Bonrey", "Wend", "Caldrith"]],
  ["Ystra", ["Ysmar", "Felder", "Onnet", "Brask", "Lule", "Hemm"]],
  ["Tembaland", ["Tembaru", "Sijo", "Mapel", "Ngor"]],
  ["The Sleeve", ["Marrin", "Gath", "Eddle", "Vorrow", "Pinn"]],
  ["Khetra", ["Okhar", "Shoun", "Dyr", "Khamet", "Rusk"]],
  ["Orva", ["Orva North", "Orva South", "Quillon", "Bastrey"]],
];

/** The district of the second question: large, so that a page of fifty is not its whole roster. */
export const ROSTER_DISTRICT = "QV-3-07";

export const districts: readonly [District, ...District[]] = regions.flatMap(([region, names], r) =>
  names.map((name, d): District => {
    const code = `QV-${r + 1}-${String(d + 1).padStart(2, "0")}`;
    return { code, name, region, rural: (r * 3 + d) % 5 > 1, weight: weightOf(code, r, d) };
  }),
) as unknown as readonly [District, ...District[]];

export const districtWeights: readonly number[] = districts.map((district) => district.weight);

function weightOf(code: string, r: number, d: number): number {
  if (code === ROSTER_DISTRICT) return 5;
  return 0.6 + ((r * 7 + d * 5) % 11) / 10;
}

export const streets = [
  "Lantern",
  "Cooper",
  "Mill",
  "Well",
  "Heron",
  "Salt",
  "Rope",
  "Orchard",
  "Drover",
  "Kiln",
] as const;
