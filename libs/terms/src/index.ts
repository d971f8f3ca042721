export * from "./encoding.js";
export * from "./error.js";
export * from "./identifier.js";
export * from "./jws.js";
export * from "./person.js";
export * from "./seal.js";
export * from "./seals.js";
export * from "./strict-json.js";
