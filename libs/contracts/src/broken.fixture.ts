import { loadContracts } from "./load.js";
import { type ContractsCopy, copyOrvanda, trusting } from "./orvanda.fixture.js";
import { ContractProblems, type Problem } from "./problem.js";

/** One broken folder: how it is broken, and everything that must be said. Lines are found by the words that stand there; "" is the first. */
export interface Broken {
  readonly promise: string;
  readonly breaks: (folder: ContractsCopy) => Promise<unknown>;
  readonly says: readonly (Omit<Problem, "line"> & { readonly at: string })[];
}

/** What the loader says about the broken folder, and what it should. */
export async function tryBroken({
  breaks,
  says,
}: Broken): Promise<{ said: readonly Problem[]; wanted: readonly Problem[] }> {
  const folder = await copyOrvanda();
  try {
    await breaks(folder);
    const wanted = says.map(async ({ at, ...said }) => ({
      ...said,
      line: at === "" ? 1 : await folder.lineOf(said.file, at),
    }));
    return { said: await problemsOf(folder.dir), wanted: await Promise.all(wanted) };
  } finally {
    await folder.close();
  }
}

export async function problemsOf(dir: string, options = trusting): Promise<readonly Problem[]> {
  try {
    await loadContracts(dir, options);
    return [];
  } catch (error) {
    if (error instanceof ContractProblems) return error.problems;
    throw error;
  }
}

/** The purposes of Orvanda, as a problem lists them. */
export const purposes =
  "one of: eligibility-assessment, enrolment, benefit-payment, fraud-prevention, identity-verification, " +
  "social-insurance, referral, proactive-offer, policy-planning, official-statistics, research, " +
  "data-subject-rights, audit, vital-interest";
