/** The hours of the day in which a ministry's machine is not to be asked. */
export interface ClosedHours {
  /** Minutes after midnight, by the ministry's own clock. */
  readonly windows: readonly { readonly from: number; readonly until: number }[];
  readonly clock: Intl.DateTimeFormat;
}

const DAY = 24 * 60;

/**
 * `["22:00-02:00"]`: from inclusive, until exclusive, over midnight where until is earlier; `00:00-00:00` is the whole day. The
 * timezone is an IANA name, `UTC`, `Z`, or an offset such as `+03:00`. Throws RangeError on any other.
 */
export function parseClosedHours(windows: readonly string[], timezone = "UTC"): ClosedHours {
  const timeZone = timezone === "Z" ? "UTC" : timezone;
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium", hourCycle: "h23" });
  return { clock, windows: windows.map(parseWindow) };
}

function parseWindow(text: string): { from: number; until: number } {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!match) throw new TypeError("closed hours are written HH:MM-HH:MM");
  const [, fromHour, fromMinute, untilHour, untilMinute] = match.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { from: fromHour * 60 + fromMinute, until: untilHour * 60 + untilMinute };
}

/** Seconds until the machine may be asked again; 0 where it may be asked now. Windows that touch are one. */
export function secondsUntilOpen({ windows, clock }: ClosedHours, now: Date): number {
  if (windows.length === 0) return 0;
  const { minute, second } = timeOfDay(now, clock);
  let waited = 0;
  for (let step = 0; step <= windows.length; step++) {
    const at = (minute + waited) % DAY;
    const closed = windows.find((window) => isWithin(at, window));
    if (!closed) break;
    waited += (closed.until - at + DAY) % DAY || DAY;
  }
  return waited === 0 ? 0 : Math.min(waited, DAY) * 60 - second;
}

function isWithin(minute: number, { from, until }: { from: number; until: number }): boolean {
  return from < until ? from <= minute && minute < until : minute >= from || minute < until;
}

function timeOfDay(now: Date, clock: Intl.DateTimeFormat): { minute: number; second: number } {
  const [hour = 0, minute = 0, second = 0] = clock.format(now).split(":").map(Number);
  return { minute: hour * 60 + minute, second };
}
