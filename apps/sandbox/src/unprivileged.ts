import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

/** How to run a program as somebody other than root, which database servers insist on. */
export interface Identity {
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * An ordinary user runs it as itself. Root runs it in a user namespace of its own, where root's files belong to `nobody`: no
 * account is made and the data may lie under a private folder. So does a user who has a number and no name. Where namespaces are
 * forbidden (many containers) root runs it as the real `nobody`, who then owns the data folder and must be able to reach it.
 *
 * initdb looks its user up by name, so the number must be in /etc/passwd; `nobody` always is, 1000 is not.
 */
export function unprivilegedIdentity(): Identity {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { prefix: [] };
  const { uid, gid } = nobody();
  const prefix = ["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];
  try {
    execFileSync(prefix[0]!, [...prefix.slice(1), "true"], { stdio: "ignore" });
    return { prefix };
  } catch {
    return isRoot ? { prefix: [], uid, gid } : { prefix: [] };
  }
}

function hasName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

function nobody(): { uid: number; gid: number } {
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid }) => uid > 0);
  const user = users.find(({ name }) => name === "nobody") ?? users[0];
  if (!user)
    throw new Error(
      "A database server refuses to run as root, and /etc/passwd names nobody else: run as an ordinary user.",
    );
  return user;
}
