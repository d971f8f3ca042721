import { readinessProblems, type Pause, type ProtectLoad, type ServedToday } from "#libs/subgraph";
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
  readonly of: "connection" | "readiness" | "load" | "mapping" | "persons" | "switch";
  readonly colour: Colour;
  readonly says: string;
}

export function statusOf(ministry: RunningMinistry, now: Date): MinistryStatus {
  const served = ministry.served();
  const { pauses, protection, tally } = served;
  const facts = {
    source: ministry.source(),
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
  readonly problems: readonly string[];
  readonly load: ProtectLoad;
  readonly today: ServedToday;
  readonly pauses: readonly Pause[];
}

export function lightsOf({ source, problems, load, today, pauses }: Facts, now: Date): Light[] {
  return [
    connection(source),
    problems.length === 0
      ? { of: "readiness", colour: "go", says: "The log, the clock and the consents can be relied on." }
      : { of: "readiness", colour: "stop", says: `Nothing is answered: ${problems.join("; ")}.` },
    loadLight(load),
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

function loadLight({ running, connections, waiting, personsLeft, personsPerMinute, closedFor }: ProtectLoad): Light {
  const figures = `${running} of ${connections} connections, ${waiting} waiting, ${personsLeft} of ${personsPerMinute} persons left this minute`;
  if (closedFor > 0)
    return { of: "load", colour: "look", says: `Closed hours, for another ${Math.ceil(closedFor / 60)} minutes.` };
  const full = waiting > 0 || personsLeft < personsPerMinute / 10;
  return { of: "load", colour: full ? "look" : "go", says: `${figures}.` };
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
