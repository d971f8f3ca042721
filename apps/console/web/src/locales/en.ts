import { byFile } from "./by-file.js";

export default byFile(import.meta.glob<object>("./en/*.json", { eager: true, import: "default" }));
