export * from "./paper.js";
