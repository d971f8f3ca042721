import { type PinnedLogs, pinLogs } from "#libs/access-log";
import { type Contracts, logKeys } from "#libs/contracts";
import { WeftError } from "#libs/terms";

/**
 * The first log of the registry is the one that records are written to. Any key is believed that the registry in force names for it, so that
 * the log can change its key under a running gateway.
 */
export function pinnedLog(current: () => Pick<Contracts, "registry">): PinnedLogs {
  const [first] = current().registry.logs;
  if (!first) throw new WeftError("CONFIG_INVALID", { detail: "registry.yaml names no log" });
  const keysOf = ({ registry }: Pick<Contracts, "registry">) => pinLogs(logKeys(registry, first.origin));
  let contracts = current();
  let { verifiers, opened } = keysOf(contracts);
  return {
    opened,
    get verifiers() {
      const now = current();
      if (now !== contracts) [contracts, { verifiers }] = [now, keysOf(now)];
      return verifiers;
    },
  };
}
