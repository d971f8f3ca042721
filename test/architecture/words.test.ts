import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { filesUnder, read, root, sources } from "./sources.js";

const documents = [".", "apps", "libs", "contracts", "deploy", "test"]
  .flatMap((folder) => (folder === "." ? ["README.md", "CHANGELOG.md"] : filesUnder(folder)))
  .filter((file) => file.endsWith(".md") && existsSync(path.join(root, file)));

test("every word of the glossary is a word of the code or of the contracts", () => {
  const words = glossaryWords();
  expect(words.length).toBeGreaterThan(25);
  const code = sources.filter(({ isTest }) => !isTest).map(({ text }) => text);
  const contracts = filesUnder("contracts").filter((file) => /\.(graphql|ya?ml|json)$/.test(file));
  const all = lettersOf([...code, ...contracts.map(read)].join("\n"));
  expect(words.filter((word) => !all.includes(lettersOf(word)))).toEqual([]);
});

/** What stands in code marks in a row's first cell. */
function glossaryWords(): string[] {
  const cells = [...read("contracts/glossary.md").matchAll(/^\|([^|\n]+)\|/gm)].map(([, cell]) => cell!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!));
}

/** `consent_record`, `consentRecord` and "consent record" are one word. */
function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[ _-]/g, "");
}

test("every link in a document leads somewhere", () => {
  const broken = documents.flatMap((file) =>
    linksOf(file)
      .filter((link) => !leads(file, link))
      .map((link) => `${file}: ${link}`),
  );
  expect(broken).toEqual([]);
});

/** Links as a reader sees them: not those within code. */
function linksOf(file: string): string[] {
  const text = read(file)
    .replaceAll(/^```[^]*?^```/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
}

function leads(file: string, link: string): boolean {
  const [name = "", anchor] = link.split("#");
  const target = name === "" ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(name));
  if (!existsSync(path.join(root, target))) return false;
  return anchor === undefined || !target.endsWith(".md") || anchorsOf(target).has(anchor);
}

/** As GitHub makes them. */
function anchorsOf(file: string): Set<string> {
  const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
