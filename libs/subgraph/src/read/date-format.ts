/** Days as text. The answer is always `yyyy-MM-dd`; a MIS writes them in as many ways as it has clerks. */
const tokens: Record<string, string> = {
  yyyy: "(?<year>\\d{4})",
  MM: "(?<month>\\d{2})",
  dd: "(?<day>\\d{2})",
  M: "(?<month>\\d{1,2})",
  d: "(?<day>\\d{1,2})",
  HH: "\\d{2}",
  mm: "\\d{2}",
  ss: "\\d{2}",
};
const iso =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
const DAY = 86_400_000;
const EXCEL_EPOCH = Date.UTC(1899, 11, 30);

export interface DateFormat {
  /** Undefined where the text is not of this form, or not a day of the calendar. */
  read(text: string): string | undefined;
  /** How a day of ours is spelt in the MIS. Undefined where the form cannot be written. */
  write(day: string): string | undefined;
  /** Whether comparing two spellings as text compares the days. */
  readonly sortable: boolean;
}

/** `format`: `iso`, `excel`, `epochSeconds`, `epochMillis`, or a pattern of yyyy MM dd M d HH mm ss and literals. */
export function dateFormat(format: string): DateFormat {
  if (format === "iso") return { read: (text) => dayOf(iso.exec(text)), write: (day) => day, sortable: true };
  if (format === "excel") return counted(EXCEL_EPOCH, DAY);
  if (format === "epochSeconds") return counted(0, 1000);
  if (format === "epochMillis") return counted(0, 1);
  const pattern = new RegExp(
    `^${format.replaceAll(/yyyy|MM|dd|HH|mm|ss|M|d|[^A-Za-z]|./g, (part) => tokens[part] ?? literal(part))}$`,
  );
  return {
    read: (text) => dayOf(pattern.exec(text)),
    write: (day) => spell(format, day),
    sortable: /^yyyy[^A-Za-z]?MM[^A-Za-z]?dd$/.test(format),
  };
}

/** The problem with a format, or undefined: it must name a year, a month and a day once each. */
export function dateFormatProblem(format: string): string | undefined {
  if (["iso", "excel", "epochSeconds", "epochMillis"].includes(format)) return undefined;
  const parts = format.match(/yyyy|MM|dd|HH|mm|ss|M|d|[A-Za-z]/g) ?? [];
  const once = (...names: string[]) => parts.filter((part) => names.includes(part)).length === 1;
  if (parts.some((part) => tokens[part] === undefined)) return "letters other than yyyy MM dd M d HH mm ss";
  return once("yyyy") && once("MM", "M") && once("dd", "d") ? undefined : "not exactly one year, month and day";
}

function literal(part: string): string {
  return part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}

function dayOf(match: RegExpExecArray | null): string | undefined {
  if (!match?.groups) return undefined;
  const { year = "", month = "", day = "" } = match.groups;
  return realDay(Number(year), Number(month), Number(day));
}

function realDay(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.toISOString().slice(0, 10);
}

function counted(epoch: number, unit: number): DateFormat {
  return {
    read(text) {
      if (!/^-?\d{1,15}(\.\d+)?$/.test(text)) return undefined;
      const date = new Date(epoch + Math.floor(Number(text) * (unit === DAY ? 1 : unit)) * (unit === DAY ? DAY : 1));
      const year = date.getUTCFullYear();
      return year >= 1 && year <= 9999 ? date.toISOString().slice(0, 10) : undefined;
    },
    write: (day) => String(Math.floor((Date.parse(`${day}T00:00:00Z`) - epoch) / unit)),
    sortable: false,
  };
}

function spell(format: string, day: string): string | undefined {
  const [year = "", month = "", date = ""] = day.split("-");
  const written: Record<string, string> = {
    yyyy: year,
    MM: month,
    dd: date,
    M: String(Number(month)),
    d: String(Number(date)),
    HH: "00",
    mm: "00",
    ss: "00",
  };
  return format.replaceAll(/yyyy|MM|dd|HH|mm|ss|M|d/g, (part) => written[part] ?? part);
}

/** The first of several formats that reads the text. */
export function readDate(formats: readonly DateFormat[], text: string): string | undefined {
  for (const format of formats) {
    const day = format.read(text);
    if (day !== undefined) return day;
  }
  return undefined;
}

export function isDay(text: unknown): text is string {
  return typeof text === "string" && text.length === 10 && dayOf(iso.exec(text)) === text;
}

/** The day that it is at `now` where the MIS is. `timezone`: IANA name or offset. */
export function dayAt(now: Date, timezone = "UTC"): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: timezone === "Z" ? "UTC" : timezone }).format(now);
}

/** The same day `months` earlier; the last of the month where there is no such day. */
export function monthsBefore(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const first = new Date(Date.UTC(year, month - 1 - months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return first.toISOString().slice(0, 10);
}

export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * DAY).toISOString().slice(0, 10);
}
