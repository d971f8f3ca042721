import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, first: with a journey last, one processor would wait for it. */
const folders = ["test/browser/", "test/journeys/", "test/conformance/", "test/readme/", "test/attack/", "test/bench/"];

/** Vitest's own order, within the order of folders. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const file = path.relative(this.ctx.config.root, moduleId);
      const at = folders.findIndex((folder) => file.startsWith(folder));
      return at < 0 ? folders.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
