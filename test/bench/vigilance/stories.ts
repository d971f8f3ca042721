import { DAY } from "#libs/vigilance";
import type { Dice } from "./dice.ts";
import { type Event, momentOf, purposeOf, type World } from "./honest.ts";
import type { Officer } from "./people.ts";

/** What officers do who should not. Told as a colleague would tell it, and not by what a rule counts. */
export type StoryKind =
  | "copies a district in a day"
  | "copies on a quiet weekend"
  | "takes rosters home"
  | "counts numbers up"
  | "tries numbers near a known one"
  | "tries numbers by chance"
  | "reads their own record"
  | "looks after the family"
  | "collects people who never applied"
  | "a well-known person"
  | "a former partner, once"
  | "a neighbour under somebody else's case"
  | "opens a case to be allowed"
  | "at a colleague's desk"
  | "a few each day for weeks";

interface Told {
  readonly kind: StoryKind;
  readonly times: number;
  /** Whether one of the six rules is about it; bulk and enumeration are to be found whole. */
  readonly about: "bulk" | "enumeration" | "rule" | "none";
  readonly tell: (teller: Teller) => Act[];
}

interface Act {
  readonly officer?: Officer;
  readonly at: number;
  readonly case?: string;
  readonly persons: readonly number[];
  readonly isList?: boolean;
}

interface Teller {
  readonly world: World;
  readonly officer: Officer;
  readonly dice: Dice;
  /** A moment of work on the n-th day of the story, which begins when all know each other. */
  readonly on: (day: number) => number;
  readonly someone: () => number;
}

export const stories: readonly Told[] = [
  {
    kind: "copies a district in a day",
    times: 5,
    about: "bulk",
    tell: ({ dice, on, someone }) => many(dice.whole(60, 260), () => ({ at: on(0), persons: [someone()] })),
  },
  {
    kind: "copies on a quiet weekend",
    times: 3,
    about: "bulk",
    tell: ({ dice, on, someone }) =>
      many(dice.whole(35, 110), () => ({ at: on(dice.whole(0, 3)), persons: [someone()] })),
  },
  {
    kind: "takes rosters home",
    times: 3,
    about: "bulk",
    tell: ({ dice, on, world, officer }) =>
      many(dice.whole(4, 9), (n) => {
        const numbers = world.people.districts[(officer.office.district + n) % world.people.districts.length]!;
        return { at: on(0), persons: numbers.slice(0, dice.whole(250, 500)), isList: true };
      }),
  },
  {
    kind: "counts numbers up",
    times: 4,
    about: "enumeration",
    tell: ({ dice, on, someone }) => {
      const [from, step] = [someone(), dice.pick([1, 1, 2, 10])];
      return many(dice.whole(14, 70), (n) => ({ at: on(0), persons: [from + n * step] }));
    },
  },
  {
    kind: "tries numbers near a known one",
    times: 3,
    about: "enumeration",
    tell: ({ dice, on, someone }) => {
      const near = someone();
      return many(dice.whole(9, 25), () => ({ at: on(0), persons: [near + dice.whole(-30, 31)] }));
    },
  },
  {
    kind: "tries numbers by chance",
    times: 2,
    about: "enumeration",
    tell: ({ dice, on }) =>
      many(dice.whole(12, 40), () => ({ at: on(0), persons: [dice.whole(4_000_000_000, 4_009_999_999)] })),
  },
  {
    kind: "reads their own record",
    times: 6,
    about: "rule",
    tell: ({ dice, on, officer }) => many(dice.whole(1, 3), (n) => ({ at: on(n * 9), persons: [officer.self] })),
  },
  {
    kind: "looks after the family",
    times: 8,
    about: "rule",
    tell: ({ dice, on, officer, world: { people } }) => {
      const family = people.households[people.householdOf.get(officer.self)!]!.filter((one) => one !== officer.self);
      const whom = family.length > 0 ? family : [officer.self];
      return many(dice.whole(1, 4), (n) => ({ at: on(n), persons: [dice.pick(whom)] }));
    },
  },
  {
    kind: "collects people who never applied",
    times: 8,
    about: "rule",
    tell: ({ dice, on, someone }) =>
      many(dice.whole(4, 13), () => ({ at: on(dice.whole(0, 24)), persons: [someone()] })),
  },
  {
    kind: "a well-known person",
    times: 5,
    about: "rule",
    tell: ({ dice, on, someone, world, officer }) => {
      const [who, colleagues] = [someone(), world.officers.filter(({ consumer }) => consumer === officer.consumer)];
      return many(dice.whole(4, 11), () => ({
        at: on(dice.whole(0, 4)),
        persons: [who],
        officer: dice.pick(colleagues),
      }));
    },
  },
  {
    kind: "a former partner, once",
    times: 4,
    about: "none",
    tell: ({ on, someone }) => [{ at: on(0), persons: [someone()] }],
  },
  {
    kind: "a neighbour under somebody else's case",
    times: 3,
    about: "none",
    tell: ({ dice, on, someone, world, officer }) => {
      const load = world.loads.get(officer) ?? [];
      return [{ at: on(0), persons: [someone()], ...(load.length > 0 && { case: dice.pick(load).number }) }];
    },
  },
  {
    kind: "opens a case to be allowed",
    times: 3,
    about: "none",
    tell: ({ on, someone, world: { cases }, officer }) => {
      const [who, at, number] = [someone(), on(0), `${officer.consumer.slice(4)}-pretext-${cases.size}`];
      cases.set(number, {
        number,
        persons: new Set([who]),
        opened: at - 60_000,
        closed: at + 9 * DAY,
        registered: at - 60_000,
      });
      return [{ at, persons: [who], case: number }];
    },
  },
  {
    kind: "at a colleague's desk",
    times: 1,
    about: "none",
    tell: ({ on, someone, world, dice, officer }) => {
      const colleague = dice.pick(world.officers.filter(({ office }) => office === officer.office));
      return many(3, () => ({ at: on(0), persons: [someone()], officer: colleague }));
    },
  },
  {
    kind: "a few each day for weeks",
    times: 2,
    about: "none",
    tell: ({ on, someone, dice }) =>
      many(dice.whole(30, 60), (n) => ({ at: on(Math.floor(n / 2)), persons: [someone()] })),
  },
];

function many(times: number, tell: (n: number) => Act): Act[] {
  return Array.from({ length: times }, (_, n) => tell(n));
}

export interface Story {
  readonly id: string;
  readonly kind: StoryKind;
  readonly about: Told["about"];
}

/** Each happens to somebody at random, on days at random, under a case number that is made up unless the story says otherwise. */
export function tellStories(
  world: World,
  dice: Dice,
): { readonly stories: readonly Story[]; readonly events: Event[] } {
  const told: Story[] = [];
  const events: Event[] = [];
  for (const { kind, times, about, tell } of stories)
    for (let time = 0; time < times; time++) {
      const officer = dice.pick(world.officers);
      const begin = dice.whole(15, world.days - 26);
      const district = dice.pick(world.people.districts);
      const midnight = (day: number) => world.start + (begin + day) * DAY;
      const teller = {
        world,
        officer,
        dice,
        on: (day: number) => momentOf(midnight(day), dice),
        someone: () => dice.pick(district),
      };
      const story = { id: `${kind} ${time + 1}`, kind, about };
      told.push(story);
      for (const { officer: other, at, case: number, persons, isList } of tell(teller)) {
        const who = other ?? officer;
        const made = `${who.consumer.slice(4)}-${dice.whole(0, 900_000)}x`;
        const purpose =
          kind === "collects people who never applied" ? who.office.work.purposes[0]![0] : purposeOf(who.office, dice);
        events.push({
          at,
          officer: who,
          purpose,
          case: number ?? made,
          persons,
          isList: isList ?? false,
          story: story.id,
        });
      }
    }
  return { stories: told, events };
}
