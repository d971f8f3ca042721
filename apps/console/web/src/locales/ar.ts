import { byFile } from "./by-file.js";

export default byFile(import.meta.glob<object>("./ar/*.json", { eager: true, import: "default" }));
