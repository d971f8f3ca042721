export * from "./checkpoint.js";
export * from "./client.js";
export * from "./note.js";
export * from "./presentation.js";
export * from "./proof.js";
export * from "./record-parts.js";
export * from "./record.js";
export * from "./tree.js";
