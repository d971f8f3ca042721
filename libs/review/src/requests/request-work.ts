import type { WorkItem } from "../today-api.js";
import { movesOf, type PersonRequest, type RequestActor } from "./request.js";

/** Questions that wait for this person: their own house's until they are answered, another's until the part is given. */
export function requestWork(all: readonly PersonRequest[], actor: RequestActor, today: string): WorkItem[] {
  return all.flatMap((request): WorkItem[] => {
    const moves = movesOf(request, actor, today);
    const isPart = moves.includes("contributed");
    if (!isPart && !moves.includes("refused")) return [];
    return [
      {
        kind: "answer",
        key: `request ${request.id} ${request.steps.length}`,
        want: isPart ? "request-part" : "request-answer",
        at: `/requests/${request.id}`,
        case: request.number,
        // The end of the last day.
        due: `${request.due}T23:59:59Z`,
      },
    ];
  });
}
