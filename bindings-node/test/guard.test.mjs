import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { CODES, Denied, ToolGuard } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

import { CHARGE, call, folder, kakunin, recorder, reports, trial } from "./support.mjs";

const { assertDenied } = testing;

test("functions keep their kind, name and length", async () => {
  const guard = testing.guard(CHARGE);
  const kinds = [
    function plain(a, b) { return b; },
    async function later(a, b) { return b; },
    function* steps(a, b) { yield b; },
    async function* laterSteps(a, b) { yield b; },
  ];
  for (const fn of kinds) {
    const wrapped = guard.wrap("charge", fn);
    assert.equal(wrapped.constructor, fn.constructor, fn.name);
    assert.deepEqual([wrapped.name, wrapped.length], [fn.name, fn.length]);
  }
  assert.equal(guard.wrap("charge", kinds[0])(call(), 7), 7);
  assert.equal(await guard.wrap("charge", kinds[1])(call(), 7), 7);
  assert.deepEqual([...guard.wrap("charge", kinds[2])(call(), 7)], [7]);
  const seen = [];
  for await (const step of guard.wrap("charge", kinds[3])(call(), 7)) seen.push(step);
  assert.deepEqual(seen, [7]);
});

test("an async function rejects, a plain one throws", async () => {
  const guard = testing.guard(CHARGE);
  const pending = guard.wrap("charge", async () => "ran")(call({ amount: 501 }));
  assert.ok(pending instanceof Promise);
  await assert.rejects(pending, (error) => Denied.isInstance(error) && error.code === "KKN-E202");
  assert.throws(() => guard.wrap("charge", () => "ran")(call({ amount: 501 })), (error) => Denied.isInstance(error));
});

test("a generator is judged at its first step: made before expiry, refused after", async () => {
  const guard = testing.guard(CHARGE);
  const steps = guard.wrap("charge", function* () { yield "ran"; })(call());
  testing.clock(guard).advance("400d");
  await assertDenied("KKN-E103", () => steps.next());
  const asyncSteps = guard.wrap("charge", async function* () { yield "ran"; })(call());
  await assertDenied("KKN-E103", () => asyncSteps.next());
});

test("rates and budgets add up, draw nothing when denied, and come back with time", async () => {
  const guard = testing.guard({ grant: [{ action: "charge", params: { amount: { max: 500 } }, limits: [{ rate: 3, per: "1h" }, { budget: "amount", max: 1000, per: "1d" }] }] });
  const charge = guard.wrap("charge", recorder().tool);
  charge({ amount: 500 });
  await assertDenied("KKN-E204", () => charge({ amount: 501 }));
  charge({ amount: 400 });
  const denied = await assertDenied("KKN-E209", () => charge({ amount: 101 }));
  assert.equal(denied.details.left, "100");
  charge({ amount: 100 });
  await assertDenied("KKN-E208", () => charge({ amount: 0 }));
  testing.clock(guard).advance("61m");
  charge({ amount: 0 });
  await assertDenied("KKN-E209", () => charge({ amount: 1 }));
  testing.clock(guard).advance("25h");
  charge({ amount: 500 });
});

test("a denial is opaque in its message and precise in its fields", async () => {
  const guard = testing.guard(CHARGE);
  reports.length = 0;
  const denied = await assertDenied("KKN-E202", () => guard.authorize("charge", call({ amount: 47_000 })));
  assert.match(denied.message, /^denied: KKN-E202 \(ref [0-9a-f]{16}\)$/);
  assert.equal(String(denied), denied.message);
  assert.doesNotMatch(JSON.stringify(denied), /47000|500/);
  assert.match(denied.reason, /amount.*47000.*0 to 500 \(EUR\)/);
  assert.equal(reports.length, 1);
  assert.match(reports[0].text, new RegExp(`KKN-E202.*${denied.reference}.*47000`));
});

test("check answers a frozen decision and does not throw", async () => {
  const guard = testing.guard(CHARGE);
  const yes = await guard.check("charge", call());
  const no = await guard.check("charge", call({ amount: 501 }));
  assert.equal(yes.allowed, true);
  assert.deepEqual([no.allowed, no.code], [false, "KKN-E202"]);
  assert.ok(Object.isFrozen(yes) && Object.isFrozen(no) && Object.isFrozen(no.details));
});

test("an action that no grant names is refused, and explain says what would happen without drawing", async () => {
  const guard = testing.guard({ grant: [{ action: "a.*", limits: [{ rate: 1, per: "1h" }] }], deny: ["a.secret"] });
  await assertDenied("KKN-E201", () => guard.authorize("b", {}));
  await assertDenied("KKN-E201", () => guard.authorize("a.secret", {}));
  await assertDenied("KKN-E201", () => guard.authorize("a", {}));
  for (let i = 0; i < 3; i += 1) assert.match(guard.explain("a.b", {}), /^a\.b is within the scope/);
  await guard.authorize("a.b", {});
  await assertDenied("KKN-E208", () => guard.authorize("a.b", {}));
});

test("wrapMethods guards the listed methods and denies the others", async () => {
  class Bank {
    balance = 1;
    charge(args) { return args.amount; }
    transfer() { return "ran"; }
  }
  const bank = testing.guard(CHARGE).wrapMethods(new Bank(), { charge: "charge" });
  assert.equal(bank.charge(call()), 50);
  await assertDenied("KKN-E202", () => bank.charge(call({ amount: 501 })));
  await assertDenied("KKN-E201", () => bank.transfer());
  assert.equal(bank.balance, undefined);
  assert.throws(() => testing.guard(CHARGE).wrapMethods(new Bank(), { chrage: "charge" }), /no method `chrage`/);
});

test("a required binding denies calls outside it, and run() carries it across awaits", async () => {
  const guard = testing.guard(CHARGE, { bound: "required" });
  const charge = guard.wrap("charge", async () => "ran");
  await assert.rejects(charge(call()), (error) => Denied.isInstance(error));
  const result = await guard.bind({ session: "s-1" }).run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return charge(call());
  });
  assert.equal(result, "ran");
  await assert.rejects(charge(call()), (error) => Denied.isInstance(error));
});

test("options that are not known or make no sense are refused", () => {
  assert.throws(() => new ToolGuard({ certificate: "x", trust: "y", certifcate: "z" }), /unknown option `certifcate`/);
  assert.throws(() => new ToolGuard({ certificate: "/nowhere.pem", trust: "/nowhere.pem" }), (error) => Denied.isInstance(error) && error.code === "KKN-E504");
  assert.throws(() => testing.guard(CHARGE, { mode: "off" }), (error) => error.code === "KKN-E504");
  assert.throws(() => testing.guard(CHARGE, { mode: "observe" }), (error) => error.code === "KKN-E504");
  assert.throws(() => testing.guard("[[grant]]\nactoin = 'x'\n"), (error) => error.code === "KKN-E107" && /action/.test(error.reason));
  assert.throws(() => testing.guard(CHARGE).wrap("charge", "not a function"), TypeError);
});

test("observe lets what the scope refuses run, records it, and enforces everything else", async () => {
  const guard = testing.guard(CHARGE, { mode: "observe", record: `file:${join(folder(), "record")}` });
  const { ran, tool } = recorder();
  const charge = guard.wrap("charge", tool);
  reports.length = 0;
  charge(call({ amount: 47_000 }));
  const unreadable = call({ amount: NaN });
  charge(unreadable);
  assert.equal(ran[0].amount, 47_000);
  assert.equal(ran[1], unreadable, "nothing was judged, so it runs as it came");
  assert.deepEqual(reports.map(({ decision }) => [decision.allowed, decision.code]), [[true, "KKN-E202"], [true, "KKN-E207"]]);
  testing.clock(guard).advance("400d");
  await assertDenied("KKN-E103", () => charge(call()));
  assert.equal(ran.length, 2);
});

test("the command is in the package", () => {
  const { at, options } = trial();
  assert.match(kakunin(at, "inspect", "pki/bot.pem"), /charge/);
  assert.equal(new ToolGuard(options).wrap("charge", () => "ran")(call()), "ran");
  assert.throws(() => kakunin(at, "no-such-command"), (error) => error.status === 2);
});

test("the codes are the core's", () => {
  const source = readFileSync(new URL("../../kakunin-core/src/error.rs", import.meta.url), "utf8");
  const core = [...source.matchAll(/"(E\d{3})" "[A-Z_]+"/g)].map((match) => `KKN-${match[1]}`);
  assert.deepEqual([...CODES], core);
});
