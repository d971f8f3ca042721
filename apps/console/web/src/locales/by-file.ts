/** The sentences of one language: each file of its folder under the file's own name. */
export type Sentences = Readonly<Record<string, object>>;

export function byFile(files: Readonly<Record<string, object>>): Sentences {
  const name = (path: string) => path.slice(path.lastIndexOf("/") + 1, -".json".length);
  return Object.fromEntries(Object.entries(files).map(([path, sentences]) => [name(path), sentences]));
}
