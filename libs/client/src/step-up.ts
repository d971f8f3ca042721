/** How a challenge wants the officer to sign in. `maxAge`: seconds. */
export interface StepUp {
  readonly acrValues: readonly string[];
  readonly maxAge: number | undefined;
}

/** RFC 9110 section 11: `name=token` or `name="quoted"`. */
const parameter = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))/g;

/** Of a `WWW-Authenticate` header; undefined where it asks for anything else than another sign-in. */
export function readStepUp(header: string | null): StepUp | undefined {
  const said = new Map<string, string>();
  for (const [, name = "", quoted, token = ""] of (header ?? "").matchAll(parameter))
    said.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? token);
  if (said.get("error") !== "insufficient_user_authentication") return undefined;
  const maxAge = said.get("max_age") ?? "";
  return {
    acrValues: (said.get("acr_values") ?? "").split(" ").filter((value) => value !== ""),
    maxAge: /^[0-9]{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
  };
}
