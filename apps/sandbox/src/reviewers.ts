import { sandboxKey } from "./keys.js";

/** Who may sign in at the console: invented people of seven organisations. None has a name; officers are pseudonyms. */
export interface SandboxReviewer {
  readonly org: string;
  readonly officer: string;
  readonly label: string;
  readonly roles: readonly ("dpo" | "authority" | "second-reviewer")[];
}

export const reviewers = {
  welfare: {
    org: "org:welfare",
    officer: "officer:welfare-dpo",
    label: "Data-protection officer of the Social Welfare Office",
    roles: ["dpo"],
  },
  welfareSecond: {
    org: "org:welfare",
    officer: "officer:welfare-dpo-2",
    label: "Second reviewer of the Social Welfare Office",
    roles: ["second-reviewer"],
  },
  civil: {
    org: "org:civil",
    officer: "officer:civil-dpo",
    label: "Data-protection officer of the Civil Register",
    roles: ["dpo"],
  },
  civilSecond: {
    org: "org:civil",
    officer: "officer:civil-dpo-2",
    label: "Second reviewer of the Civil Register",
    roles: ["second-reviewer"],
  },
  cash: {
    org: "org:cash",
    officer: "officer:cash-dpo",
    label: "Data-protection officer of the Cash Transfer Programme",
    roles: ["dpo"],
  },
  clinic: {
    org: "org:clinic",
    officer: "officer:clinic-dpo",
    label: "Data-protection officer of the District Clinic",
    roles: ["dpo"],
  },
  clinicSecond: {
    org: "org:clinic",
    officer: "officer:clinic-dpo-2",
    label: "Second reviewer of the District Clinic",
    roles: ["second-reviewer"],
  },
  disability: {
    org: "org:disability",
    officer: "officer:disability-dpo",
    label: "Data-protection officer of the Disability Programme",
    roles: ["dpo"],
  },
  authority: {
    org: "org:dpa",
    officer: "officer:dpa-reviewer",
    label: "Reviewer of the Data Protection Authority",
    roles: ["authority"],
  },
} as const satisfies Readonly<Record<string, SandboxReviewer>>;

export type ReviewerName = keyof typeof reviewers;

export const reviewingOrganisations: readonly string[] = [...new Set(Object.values(reviewers).map(({ org }) => org))];

/** What an organisation tells its sign-in page: who may come, and which console they come from. */
export function signInOf(org: string, consoleUrl: string): object | undefined {
  const people = Object.values(reviewers).filter((reviewer) => reviewer.org === org);
  if (people.length === 0) return undefined;
  const { kty, crv, x } = sandboxKey("review-main-1").publicJwk;
  return {
    consoles: [
      {
        id: "review:main",
        keys: [{ kid: "review-main-1", jwk: { kty, crv, x } }],
        redirectUris: [`${consoleUrl}/sign-in/return`],
      },
    ],
    people: people.map(({ officer, label, roles }) => ({ officer, label, roles })),
  };
}
