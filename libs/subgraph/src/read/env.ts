import { WeftError } from "#libs/terms";

/** What `env:NAME` stands for. Throws `CONFIG_INVALID` with the name, never a value. */
export function envValue(reference: string, env: Readonly<Record<string, string | undefined>>): string {
  const name = reference.slice("env:".length);
  const value = env[name];
  if (value === undefined || value === "") throw new WeftError("CONFIG_INVALID", { detail: `${name} is not set` });
  return value;
}
