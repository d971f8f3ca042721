import { readinessProblems, type Pause, type ProtectLoad, type ServedToday, type SmallCalls } from "#libs/subgraph";
import { type AccountState, inShort } from "../own-account.js";
import type { RunningMinistry } from "../running-ministry.js";

/** How one ministry's adapter is, for who runs it: figures and names of fields, never a value or a person. */
export interface MinistryStatus {
  readonly name: string;
  readonly provider: string;
  readonly lights: readonly Light[];
  readonly load: ProtectLoad;
  readonly today: ServedToday;
  readonly pauses: readonly Pause[];
  readonly contracts: number;
  /** What can be paused: agreements, each with its consumer. */
  readonly agreements: readonly { readonly id: string; readonly consumer: string }[];
}

/** `stop`: nothing is answered, or wrongly. `look`: it works, and somebody should look. */
export type Colour = "go" | "look" | "stop";

export interface Light {
  readonly of: "connection" | "account" | "readiness" | "load" | "mapping" | "persons" | "switch";
  readonly colour: Colour;
  readonly says: string;
}

export function statusOf(ministry: RunningMinistry, now: Date): MinistryStatus {
  const served = ministry.served();
  const { pauses, protection, tally } = served;
  const facts = {
    source: ministry.source(),
    account: ministry.account(),
    smallCalls: ministry.smallCalls(),
    problems: readinessProblems(served),
    load: protection.load(now),
    today: tally.today(now),
    pauses: pauses.all(now),
  };
  return {
    name: ministry.name,
    provider: ministry.provider,
    lights: lightsOf(facts, now),
    load: facts.load,
    today: facts.today,
    pauses: facts.pauses,
    contracts: served.current().version,
    agreements: ministry.pausable(),
  };
}

export interface Facts {
  readonly source: ReturnType<RunningMinistry["source"]>;
  readonly account: AccountState;
  readonly smallCalls: readonly SmallCalls[];
  readonly problems: readonly string[];
  readonly load: ProtectLoad;
  readonly today: ServedToday;
  readonly pauses: readonly Pause[];
}

export function lightsOf({ source, account, smallCalls, problems, load, today, pauses }: Facts, now: Date): Light[] {
  return [
    connection(source),
    accountLight(account),
    problems.length === 0
      ? { of: "readiness", colour: "go", says: "The log, the clock and the consents can be relied on." }
      : { of: "readiness", colour: "stop", says: `Nothing is answered: ${problems.join("; ")}.` },
    loadLight(load, smallCalls),
    mapping(today),
    persons(today),
    switchLight(pauses, now),
  ];
}

function connection(source: Facts["source"]): Light {
  if (source === "ok") return { of: "connection", colour: "go", says: "The system answers." };
  if (source === "down") return { of: "connection", colour: "stop", says: "The system does not answer." };
  return { of: "connection", colour: "look", says: "The system was not looked at yet." };
}

/** What the adapter's account may do there, and whether each look-up has its index. */
function accountLight(account: AccountState): Light {
  if (account === undefined) return { of: "account", colour: "look", says: "The account could not be looked at yet." };
  const { refused, tolerated } = account;
  if (refused.length > 0)
    return { of: "account", colour: "stop", says: `With this account it would not start: ${inShort(refused)}.` };
  if (tolerated.length > 0) return { of: "account", colour: "look", says: `Tolerated: ${inShort(tolerated)}.` };
  return { of: "account", colour: "go", says: "The account reads what is mapped, and no look-up reads a whole table." };
}

/** A MIS without a batch look-up is asked once for each person, or for every few. */
function sayCalls(calls: readonly SmallCalls[], connections: number): string {
  const said = calls.map(
    ({ resource, perCall }) => `${resource} ${perCall === 1 ? "one person" : `${perCall} persons`} a call`,
  );
  return said.length === 0 ? "" : ` No batch look-up: ${said.join(", ")}, at most ${connections} calls at once.`;
}

function loadLight(load: ProtectLoad, calls: readonly SmallCalls[]): Light {
  const { colour, says } = loadFigures(load);
  return { of: "load", colour, says: says + sayCalls(calls, load.connections) };
}

function loadFigures({
  running,
  connections,
  waiting,
  personsLeft,
  personsPerMinute,
  closedFor,
}: ProtectLoad): Pick<Light, "colour" | "says"> {
  const figures = `${running} of ${connections} connections, ${waiting} waiting, ${personsLeft} of ${personsPerMinute} persons left this minute`;
  if (closedFor > 0) return { colour: "look", says: `Closed hours, for another ${Math.ceil(closedFor / 60)} minutes.` };
  const full = waiting > 0 || personsLeft < personsPerMinute / 10;
  return { colour: full ? "look" : "go", says: `${figures}.` };
}

function mapping({ unreadable }: ServedToday): Light {
  if (unreadable.length === 0) return { of: "mapping", colour: "go", says: "Every stored text could be read." };
  const fields = unreadable.slice(0, 5).map(({ coordinate, count }) => `${coordinate} ${count} times`);
  const more = unreadable.length > 5 ? ` and ${unreadable.length - 5} fields more` : "";
  return { of: "mapping", colour: "look", says: `Not readable today: ${fields.join(", ")}${more}.` };
}

function persons({ persons: { asked, absent, duplicates } }: ServedToday): Light {
  if (asked === 0) return { of: "persons", colour: "go", says: "Nobody was asked about today." };
  const says = `Asked about: ${asked}; not in the register: ${absent}; held twice: ${duplicates}.`;
  // Of more than a few, from one in twenty on: the consumers' numbers are not this register's, or rows are doubled.
  return { of: "persons", colour: asked >= 20 && (absent + duplicates) * 20 > asked ? "look" : "go", says };
}

function switchLight(pauses: readonly Pause[], now: Date): Light {
  const inForce = pauses.filter(({ from }) => Date.parse(from) <= now.getTime());
  if (inForce.some(({ scope }) => scope === "all"))
    return { of: "switch", colour: "stop", says: "All is paused by the ministry." };
  if (inForce.length > 0)
    return { of: "switch", colour: "look", says: `Paused: ${inForce.map(({ scope }) => scope).join(", ")}.` };
  const says = pauses.length === 0 ? "Nothing is paused." : "Nothing is paused; a window is planned.";
  return { of: "switch", colour: "go", says };
}

/** The worst of them. */
export function colourOf(lights: readonly Light[]): Colour {
  const colours = lights.map(({ colour }) => colour);
  return colours.includes("stop") ? "stop" : colours.includes("look") ? "look" : "go";
}
