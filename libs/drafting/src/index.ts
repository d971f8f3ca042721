export type { Catalogue, Column, Table } from "./catalogue.js";
export { openDatabase } from "./database/open.js";
export type { DatabaseReader } from "./database/reader.js";
export { type About, type Drafted, type Files, firstDraft } from "./draft.js";
export type { Question, Taken } from "./guess.js";
export { mergeDraft } from "./merge.js";
export { readSeen, SEEN_FILE } from "./seen.js";
export { type Asker, survey, takesGuesses, type Wishes } from "./survey.js";
export { takenBy } from "./taken.js";
