import { readFileSync } from "node:fs";

/** Of the kernel's clock: USER_HZ is 100 wherever Node.js runs on Linux. */
const TICKS_PER_SECOND = 100;

/** User and system CPU that a process with all its threads has used, in seconds, by /proc/PID/stat. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same of a process and its children, which a PostgreSQL has one of for each connection. */
export function treeCpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return [pid, ...children].reduce((sum, one) => sum + cpuSeconds(one), 0);
}
