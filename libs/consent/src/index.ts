export * from "./evaluate.js";
export * from "./feed.js";
export * from "./receipt.js";
export * from "./receipt-index.js";
export * from "./status-list.js";
