import { channel } from "node:diagnostics_channel";

import { type Answer, type Decision, decision } from "./denied.js";

/** What an operator is told on the diagnostics channel `kakunin`: a denial, or a notice (a certificate near its end, a renewal that failed). */
export interface Report {
  /** Which of the two it is. */
  readonly kind: "denial" | "notice";
  /** One line, for a log that only people with access to the policy read. */
  readonly text: string;
  /** The decision, for a denial. */
  readonly decision?: Decision;
}

const reports = channel("kakunin");

/** Publishes on the diagnostics channel `kakunin`; on stderr until somebody listens there. */
export function report(message: Report): void {
  if (reports.hasSubscribers) reports.publish(Object.freeze(message));
  else process.stderr.write(`kakunin: ${message.text}\n`);
}

/** Reports a denial: code, reference, reason. */
export function reportDenial(answer: Answer): void {
  const verb = answer.allowed ? "observed" : "denied";
  const text = [verb, answer.code, `(ref ${answer.reference ?? "-"}):`, answer.details?.action, answer.reason].filter(Boolean).join(" ");
  report({ kind: "denial", text: oneLine(text), decision: decision(answer) });
}

/** Reports what the addon noticed beside decisions. */
export function reportNotices(notices: readonly string[]): void {
  for (const text of notices) report({ kind: "notice", text: oneLine(text) });
}

/** Input stands in the text: nothing of it may start a line or steer a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
