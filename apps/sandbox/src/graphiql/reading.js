// What an answer says, for people: one row for each value, with its source and date, or why there is none.

const marks = new Set(["source", "asOf", "quality", "__typename", "pageInfo"]);
const LONG = 4;
const SHOWN = 10;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isLongList = (value) => Array.isArray(value) && value.length > LONG && value.every(isObject);

/** `{rows: [{group, label, value, missing, remedy, source, asOf}], lists: [{title, columns, rows, more}]}` */
export function readAnswer({ data, errors = [] }) {
  return { rows: rowsOf(data ?? {}, [], errors, {}), lists: listsOf(data ?? {}, [], errors) };
}

function rowsOf(value, path, errors, inherited) {
  if (isLongList(value)) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => rowsOf(item, [...path, i], errors, inherited));
  if (!isObject(value)) return [{ ...nameOf(path), ...inherited, ...cellOf(value, path, errors) }];
  const { source = inherited.source, asOf = inherited.asOf } = value;
  return members(value).flatMap(([name, member]) => rowsOf(member, [...path, name], errors, { source, asOf }));
}

function listsOf(value, path, errors) {
  if (isLongList(value)) return [listOf(value, path, errors)];
  if (Array.isArray(value)) return value.flatMap((item, i) => listsOf(item, [...path, i], errors));
  return isObject(value) ? members(value).flatMap(([name, member]) => listsOf(member, [...path, name], errors)) : [];
}

/** One row an item, one column a value. Where an item has nothing at a column, what stands above it says why. */
function listOf(items, path, errors) {
  const cells = items.slice(0, SHOWN).map((item, i) => {
    const rows = rowsOf(item, [...path, i], errors, {});
    const above = labelOf([...path, i]).length;
    return new Map(rows.map((row) => [row.whole.slice(above).replace(/^ › /, ""), row]));
  });
  const all = [...new Set(cells.flatMap((row) => [...row.keys()]))];
  const columns = all.filter((column) => !all.some((other) => other.startsWith(`${column} ›`)));
  const above = (row, column) => [...row].find(([name]) => column.startsWith(`${name} ›`))?.[1];
  const rows = cells.map((row) => columns.map((column) => row.get(column) ?? above(row, column) ?? { value: "none" }));
  return { title: labelOf(path), columns, rows, more: items.length - rows.length };
}

function members(value) {
  return Object.entries(value).filter(([name]) => !marks.has(name));
}

function cellOf(value, path, errors) {
  if (value !== null) return { value: String(value) };
  const error = errors.find((candidate) => covers(candidate, path));
  if (!error) return { value: "not recorded" };
  return { value: error.message, missing: true, remedy: error.extensions?.remedy?.say };
}

/** One error a coordinate: in lists its path ends at the list, `rows` say which items, and the field is the coordinate's. */
function covers({ path: at = [], extensions: { rows, coordinate } = {} }, path) {
  if (at.some((step, i) => path[i] !== step)) return false;
  const row = path[at.length];
  if (row === undefined) return true;
  if (typeof row !== "number") return false;
  const named = !coordinate || path.includes(coordinate.split(".")[1]);
  return named && (!rows || rows.some(([from, to]) => from <= row && row <= to));
}

function nameOf(path) {
  const whole = labelOf(path);
  const cut = whole.lastIndexOf(" › ");
  return cut < 0
    ? { whole, group: "", label: whole }
    : { whole, group: whole.slice(0, cut), label: whole.slice(cut + 3) };
}

/** `["person", "disability", "assessedLevel"]` -> `disability › assessed level` */
function labelOf(path) {
  const shown = (path[0] === "person" ? path.slice(1) : path).filter((step) => step !== "nodes" && step !== "person");
  return shown.map((step) => (typeof step === "number" ? String(step + 1) : words(step))).join(" › ");
}

export function words(name) {
  return name.replace(/([a-z])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`);
}
