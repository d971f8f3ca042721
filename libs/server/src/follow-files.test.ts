import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { followFiles } from "./follow-files.js";

const folder = mkdtempSync(path.join(tmpdir(), "weft follow "));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string) => path.join(folder, name);

test("files are read again once they changed, and what cannot be used is told once and left aside", () => {
  const file = place("file");
  writeFileSync(file, "1");
  const told: string[] = [];
  const read = () => {
    const text = readFileSync(file, "utf8");
    if (text === "bad") throw new Error("bad");
    return text;
  };
  const current = followFiles([file], read, {
    taken: () => told.push("taken"),
    leftAside: () => told.push("left aside"),
  });
  const after = (change: () => void) => {
    change();
    return [current(), current(), ...told.splice(0)];
  };
  expect(after(() => {})).toEqual(["1", "1"]);
  expect(after(() => writeFileSync(file, "22"))).toEqual(["22", "22", "taken"]);
  expect(after(() => writeFileSync(file, "bad"))).toEqual(["22", "22", "left aside"]);
  expect(after(() => rmSync(file))).toEqual(["22", "22", "left aside"]);
  expect(after(() => writeFileSync(file, "4444"))).toEqual(["4444", "4444", "taken"]);
  writeFileSync(place("in the way"), "");
  expect(after(() => renameSync(place("in the way"), file))).toEqual(["", "", "taken"]);
});

test("a folder that is swapped behind a link is a change, and one that went away is no end", () => {
  for (const name of ["a", "b"]) {
    mkdirSync(place(name));
    writeFileSync(path.join(place(name), "file"), name);
  }
  symlinkSync(place("a"), place("link"));
  const file = path.join(place("link"), "file");
  const current = followFiles([file], () => readFileSync(file, "utf8"), { taken: () => {}, leftAside: () => {} });
  symlinkSync(place("b"), place("next"));
  renameSync(place("next"), place("link"));
  expect(current()).toBe("b");
  rmSync(place("link"));
  writeFileSync(place("link"), "a file where a folder was");
  expect(current()).toBe("b");
});

test("what cannot be read at the start is no start", () => {
  const read = () => readFileSync(place("none"), "utf8");
  expect(() => followFiles([place("none")], read, { taken: () => {}, leftAside: () => {} })).toThrow("ENOENT");
});
