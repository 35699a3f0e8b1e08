// What the guard adds to a call in Node, in microseconds: `name<TAB>value` lines.
//
// Each round times the bare call and the guarded call one after the other; the figure is the median of the differences. Time is the
// processor's, of all threads: what the record's writer does beside the caller is counted.
import { subscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as testing from "@kakunin/sdk/testing";

subscribe("kakunin", () => {});
const ROUNDS = 31;
const CALLS = 4_000;
const SCOPE = `
[[grant]]
action = "charge"
limits = [{ rate = 1000000000, per = "1s" }, { budget = "amount", max = "9999999999999", per = "1s" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
`;
// Eight parameters; judged by three certificates, each narrowed from the one before.
const EIGHT = `
[[grant]]
action = "charge"
[grant.params]
amount     = { max = 500, money = "currency" }
currency   = "EUR"
customer   = { glob = "cus_*" }
reference  = { length = { min = 1, max = 140 } }
receipt_to = { email = { domains = ["acme.com"] } }
priority   = ["normal", "high"]
invoice    = { url = { hosts = ["*.acme.com"] } }
attempt    = { min = 1, max = 5, type = "integer" }
`;
const SHORT = { amount: 50, currency: "EUR", customer: "cus_1" };
const CALL = {
  amount: 49.9,
  currency: "EUR",
  customer: "cus_8f3a21",
  reference: "Order 2026-1173, refund of shipping",
  receipt_to: "billing@acme.com",
  priority: "normal",
  invoice: "https://files.acme.com/invoices/1173.pdf",
  attempt: 1,
};
let sink = 0;
const charge = (args) => {
  sink += args.amount;
};

async function perCall(guard, fn, call) {
  const begin = process.cpuUsage();
  for (let i = 0; i < CALLS; i += 1) fn({ ...call });
  // Waits until all is written.
  await guard.flush();
  const spent = process.cpuUsage(begin);
  return (spent.user + spent.system) / CALLS;
}

async function added(guard, call = SHORT) {
  const guarded = guard.wrap("charge", charge);
  for (let i = 0; i < 5; i += 1) for (const fn of [charge, guarded]) await perCall(guard, fn, call);
  const differences = [];
  for (let i = 0; i < ROUNDS; i += 1) differences.push((await perCall(guard, guarded, call)) - (await perCall(guard, charge, call)));
  return differences.sort((a, b) => a - b)[(ROUNDS - 1) / 2];
}

console.log(`node-guarded-call\t${(await added(testing.guard(SCOPE))).toFixed(3)}`);
const middle = testing.guard(EIGHT, { delegate: 2 }).narrow(EIGHT, { ttl: "1h", name: "middle", delegate: 1 });
const leaf = middle.narrow(EIGHT, { ttl: "1h", name: "leaf" });
console.log(`node-guarded-call-three-scopes\t${(await added(leaf, CALL)).toFixed(3)}`);
const folder = mkdtempSync(join(tmpdir(), "kakunin-bench-"));
const guard = testing.guard(SCOPE, { record: `file:${join(folder, "record")}?write=batch` });
console.log(`node-guarded-call-batched-record\t${(await added(guard)).toFixed(3)}`);
await guard.close();
rmSync(folder, { recursive: true });
if (sink === 0) process.exitCode = 1;
