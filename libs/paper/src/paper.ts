import { createRequire } from "node:module";
import path from "node:path";

/** What is printed for a person: PDF, from left to right or from right to left, with its letters in it. */
export type Renderer = typeof import("@react-pdf/renderer");

const fonts = path.join(
  path.dirname(createRequire(import.meta.url).resolve("@fontsource/cairo/package.json")),
  "files",
);
const subsets = ["latin", "latin-ext", "arabic"] as const;

/** For a page's style: the first that has a letter writes it. */
export const families: string[] = subsets.map((subset) => `Cairo ${subset}`);

let loading: Promise<Renderer> | undefined;

/** Loaded when the first page is printed. */
export function paperRenderer(): Promise<Renderer> {
  loading ??= loadRenderer();
  return loading;
}

const weights = [400, 700] as const;

async function loadRenderer(): Promise<Renderer> {
  const renderer = await import("@react-pdf/renderer");
  for (const subset of subsets) {
    const files = weights.map((fontWeight) => ({
      src: path.join(fonts, `cairo-${subset}-${fontWeight}-normal.woff`),
      fontWeight,
    }));
    renderer.Font.register({ family: `Cairo ${subset}`, fonts: files });
    for (const fontWeight of weights) await nameApart(renderer, subset, fontWeight);
  }
  // Words are not broken: Arabic has no such breaks, and a code must be read whole.
  renderer.Font.registerHyphenationCallback((word) => [word]);
  return renderer;
}

/**
 * All three files call themselves Cairo: what is printed would hold one of them anew at each change between two of them, which for a page of Arabic is
 * a few hundred times.
 */
async function nameApart({ Font }: Renderer, subset: string, fontWeight: number): Promise<void> {
  const descriptor = { fontFamily: `Cairo ${subset}`, fontWeight, fontStyle: "normal" } as const;
  await Font.load(descriptor);
  const { data } = (Font.getFont(descriptor) ?? {}) as { readonly data?: object };
  if (data) Object.defineProperty(data, "postscriptName", { value: `Cairo-${subset}-${fontWeight}` });
}

/**
 * Without vowel signs, which the renderer puts on the wrong letters: on a notice nobody writes them. The font draws a certain short word over the
 * space before it, so that one is given two; and it has no signs of an isolate, for which the mark of a Latin end stands, which does the same here.
 */
export const bare = (text: string): string =>
  text
    .replaceAll(/[\u064B-\u0652\u2068]/g, "")
    .replaceAll("\u2069", "\u200E")
    .replaceAll(" في", "  في");
