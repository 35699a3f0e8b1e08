import type { NativeGuard } from "../native.cjs";
import { type Answer, opened } from "./denied.js";
import type { Approvals, OnApproval } from "./options.js";

/** A decision, and the guard that made it. */
export interface Settled {
  readonly guard: NativeGuard;
  readonly answer: Answer;
}

/** The approvals in what came, none where there are none; `undefined` while it is still awaited. */
function approvalsIn(came: Approvals | Promise<Approvals>): readonly string[] | undefined {
  if (came === null || came === undefined || came === "") return [];
  if (typeof came === "string") return [came];
  if (Array.isArray(came)) {
    if (!came.every((approval) => typeof approval === "string")) throw new TypeError("`onApproval` returns approvals as text");
    return came as readonly string[];
  }
  if (typeof (came as PromiseLike<Approvals>).then === "function") return undefined;
  throw new TypeError("`onApproval` returns approvals as text, an array of them, or nothing");
}

/** Whether the call wants approvals, and there is somebody to ask. */
function wants(answer: Answer, ask: OnApproval | undefined): ask is OnApproval {
  return ask !== undefined && !answer.allowed && answer.code === "KKN-E212" && answer.approval !== undefined;
}

/** The decision under the approvals too, if there are any. */
function again(settled: Settled, approvals: readonly string[], decide: (guard: NativeGuard) => Answer): Settled {
  if (approvals.length === 0) return settled;
  const bound = settled.guard.bind(undefined, undefined, [...approvals]);
  const guard = opened(bound.refused, bound.guard);
  return { guard, answer: decide(guard) };
}

/**
 * Decides; asks for the approvals that are wanting, and with those that come decides once more.
 *
 * @throws TypeError where the answer is a promise, for which nobody waits here.
 */
export function settleNow(guard: NativeGuard, ask: OnApproval | undefined, decide: (guard: NativeGuard) => Answer): Settled {
  const settled = { guard, answer: decide(guard) };
  if (!wants(settled.answer, ask)) return settled;
  const came = ask(settled.answer.approval!);
  const approvals = approvalsIn(came);
  if (approvals === undefined) {
    (came as Promise<Approvals>).then(undefined, () => {});
    throw new TypeError("`onApproval` gave a promise: only async tools, `check`, `authorize` and `sign` wait for it");
  }
  return again(settled, approvals, decide);
}

/** As {@link settleNow}, and waits where a promise comes; at once where none does. */
export function settleSoon(guard: NativeGuard, ask: OnApproval | undefined, decide: (guard: NativeGuard) => Answer): Settled | Promise<Settled> {
  const settled = { guard, answer: decide(guard) };
  if (!wants(settled.answer, ask)) return settled;
  const came = ask(settled.answer.approval!);
  const approvals = approvalsIn(came);
  if (approvals !== undefined) return again(settled, approvals, decide);
  return (came as Promise<Approvals>).then((came) => again(settled, approvalsIn(came) ?? [], decide));
}

/** The approvals for a refusal by which `answer` wants some. */
export async function askedFor(answer: Answer, ask: OnApproval | undefined): Promise<readonly string[]> {
  if (!wants(answer, ask)) return [];
  return approvalsIn(await ask(answer.approval!)) ?? [];
}
