import { expect, test } from "vitest";
import type { Logger } from "#libs/server";
import type { AccountProblem, OpenedTerms } from "#libs/subgraph";
import { WeftError } from "#libs/terms";
import { OwnAccount } from "./own-account.js";

const excess: AccountProblem = { what: "moreRights", wrong: "the account is a superuser", remedy: "another" };

/** A machine that answers one thing after the other when its account is looked at, and what was told of it. */
function machine(...answers: readonly (readonly AccountProblem[] | "down")[]) {
  const told: string[] = [];
  const left = [...answers];
  const logger = {
    warn: ({ event }: { event: string }) => told.push(event),
    error: ({ event }: { event: string }) => told.push(event),
  } as unknown as Logger;
  const opened = {
    provider: "org:health",
    account: () => {
      const answer = left.shift();
      if (answer === undefined || answer === "down") return Promise.reject(new WeftError("SOURCE_UNAVAILABLE"));
      return Promise.resolve({ refused: answer, tolerated: [] });
    },
    ministry: { close: () => Promise.resolve(void told.push("closed")) },
  } as unknown as OpenedTerms;
  return { account: new OwnAccount("health", logger), opened, told };
}

test("an account that may do more is refused, and its connections are closed", async () => {
  const { account, opened, told } = machine([excess, excess]);
  await expect(account.admit(opened)).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    detail: expect.stringContaining("health: the account is a superuser, and 1 more") as string,
  });
  expect(told).toEqual(["closed"]);
});

test("a machine that is down is served, and its account is looked at until it says", async () => {
  const { account, opened, told } = machine("down", "down", [excess], []);
  await account.admit(opened);
  for (let look = 0; look < 4; look++) await account.lookAgain(opened);
  expect(told).toEqual(["account-unknown", "account-unknown", "account-excess"]);
});

test("an account that is as it should be is looked at once", async () => {
  const { account, opened, told } = machine([]);
  expect(account.stateOf(opened)).toBeUndefined();
  await account.admit(opened);
  expect(account.stateOf(opened)).toEqual({ refused: [], tolerated: [] });
  await account.lookAgain(opened);
  expect(told).toEqual([]);
});
