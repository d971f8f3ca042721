import type { SignIn } from "../organisation.js";

/** Without style or script: who do you want to be? */
export function choicePage(organisation: string, people: SignIn["people"], action: string): string {
  const choices = people.map(
    ({ officer, label, roles }) =>
      `<li><form method="post" action="${escaped(`${action}/${officer}`)}"><button>${escaped(label)}</button> ` +
      `<small>${escaped(roles.join(", "))}</small></form></li>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in: ${escaped(organisation)}</title></head><body><main><h1>${escaped(organisation)}</h1>
<p>The sandbox's sign-in page. These people do not exist; be any of them.</p><ul>${choices.join("")}</ul></main></body></html>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
