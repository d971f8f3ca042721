/** Kinds of what waits for a person, in the order in which they take turns. Known to the pages too, so nothing of Node.js is here. */
export const workKinds = ["emergency", "answer", "decision", "alert", "sample"] as const;
export type WorkKind = (typeof workKinds)[number];
