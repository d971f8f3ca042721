export * from "./access.js";
export * from "./alert.js";
export * from "./config.js";
export * from "./neighbourhood.js";
export * from "./single.js";
export * from "./watch.js";
