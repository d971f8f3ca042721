import type { LogClient } from "./client.js";
import type { Suspension } from "./suspension.js";

export interface SuspensionListener {
  /** All that are known now. What was heard once stays, whatever the log says later. */
  readonly onChange: (suspensions: readonly Suspension[]) => void;
  /** The log did not answer, or not with something that verifies. It is asked again. */
  readonly onProblem: (error: unknown) => void;
}

export interface SuspensionWatch {
  readonly current: () => readonly Suspension[];
  readonly close: () => void;
}

/** Milliseconds. */
const EVERY = 1_000;

/** Asks the log each second. Resolves after the first answer, or after the first that did not come: without the log nothing is read anyway. */
export async function watchSuspensions(
  log: Pick<LogClient, "suspensions">,
  { onChange, onProblem }: SuspensionListener,
): Promise<SuspensionWatch> {
  const heard = new Map<number, Suspension>();
  let isWell = true;
  const look = async (): Promise<void> => {
    try {
      const fresh = (await log.suspensions()).filter(({ record }) => !heard.has(record));
      for (const suspension of fresh) heard.set(suspension.record, suspension);
      if (fresh.length > 0) onChange([...heard.values()]);
      isWell = true;
    } catch (error) {
      if (isWell) onProblem(error);
      isWell = false;
    }
  };
  await look();
  let isClosed = false;
  const next = (): NodeJS.Timeout =>
    setTimeout(() => void look().finally(() => (isClosed ? undefined : (timer = next()))), EVERY).unref();
  let timer = next();
  return {
    current: () => [...heard.values()],
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
