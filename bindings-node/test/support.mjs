// What the tests share: a payments scope, a tool that notes what ran, and quiet reports.
import { subscribe } from "node:diagnostics_channel";

export const reports = [];
subscribe("kakunin", (message) => reports.push(message));

export const CHARGE = `
[[grant]]
action = "charge"
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
`;

export const call = (over = {}) => ({ amount: 50, currency: "EUR", customer: "cus_1", ...over });

/** A tool and the arguments that it ran with. */
export function recorder() {
  const ran = [];
  return { ran, tool: (args) => (ran.push(args), "done") };
}
