import { z } from "zod";

const count = z.int().min(1).max(1_000_000);
const days = z.int().min(1).max(90);
const deviations = z.number().min(1).max(50);

/** How sharp each rule is. All have defaults; `{}` is a whole configuration. Unknown members are refused. */
export const WatchConfig = z
  .strictObject({
    /** Days in which a case may be entered after the access that it explains. */
    registrationDays: z.int().min(0).max(30).default(3),
    volume: z
      .strictObject({
        /** Over as many days together: one heavy day, and a week of many. */
        windows: z.array(days).min(1).max(4).default([1, 7]),
        /** How far beyond the peers' usual day, in robust standard deviations. */
        deviations: deviations.default(6),
        /** Fewer than this are nobody's volume; of persons, and of persons that nothing explains. */
        persons: count.default(25),
        unexplained: count.default(8),
        /** Days of peers, from which on there is something to compare with. */
        peerDays: count.default(20),
        /** Persons in a window, where there is nothing to compare with. */
        ceiling: count.default(500),
        /** Days that peers are remembered. */
        memory: days.default(28),
      })
      .prefault({}),
    guessing: z
      .strictObject({
        days: days.default(1),
        /** Misses in that time, and how far beyond what the peers miss. */
        misses: count.default(6),
        deviations: deviations.default(6),
        /** Different unexplained numbers of one neighbourhood. */
        neighbours: count.default(5),
      })
      .prefault({}),
    noApplication: z
      .strictObject({
        purposes: z.array(z.string()).default(["eligibility-assessment", "enrolment"]),
        days: days.default(14),
      })
      .prefault({}),
    manyOfficers: z.strictObject({ days: days.default(7), officers: z.int().min(2).max(1000).default(4) }).prefault({}),
    breakGlass: z
      .strictObject({ purpose: z.string().default("vital-interest"), hours: z.int().min(1).max(720).default(72) })
      .prefault({}),
    /** Rules that are switched off. */
    without: z
      .array(z.enum(["own-record", "same-household", "volume", "guessing", "no-application", "many-officers"]))
      .default([]),
  })
  .readonly();
export type WatchConfig = z.infer<typeof WatchConfig>;
