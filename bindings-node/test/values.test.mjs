import assert from "node:assert/strict";
import { test } from "node:test";

import * as testing from "@kakunin/sdk/testing";

import { CHARGE, call, recorder } from "./support.mjs";

const { assertDenied } = testing;

test("an amount inside the scope runs, outside it never does", async () => {
  const { ran, tool } = recorder();
  const charge = testing.guard(CHARGE).wrap("charge", tool);
  assert.equal(charge(call()), "done");
  const denied = await assertDenied("KKN-E202", () => charge(call({ amount: 47_000 })));
  assert.equal(denied.details.parameter, "amount");
  assert.equal(denied.details.requested, "47000");
  assert.deepEqual(ran, [call()]);
});

for (const [what, amount, code] of [
  ["NaN", NaN, "KKN-E207"],
  ["infinity", Infinity, "KKN-E207"],
  ["minus infinity", -Infinity, "KKN-E207"],
  ["a negative", -1, "KKN-E202"],
  ["true", true, "KKN-E207"],
  ["a text with another form", "5e1", "KKN-E207"],
  ["a large amount as text", "10000", "KKN-E202"],
  ["2^53", 2 ** 53, "KKN-E207"],
  ["a BigInt", 50n, "KKN-E207"],
  ["a Number object", Object(50), "KKN-E207"],
  ["an array", [50], "KKN-E207"],
  ["an object with valueOf", { valueOf: () => 50 }, "KKN-E207"],
  ["null", null, "KKN-E205"],
  ["undefined", undefined, "KKN-E205"],
  ["a function", () => 50, "KKN-E207"],
  ["a symbol", Symbol("50"), "KKN-E207"],
  ["a Date", new Date(50), "KKN-E207"],
  ["a Map", new Map(), "KKN-E207"],
]) {
  test(`${what} as amount is ${code}`, async () => {
    const { ran, tool } = recorder();
    const charge = testing.guard(CHARGE).wrap("charge", tool);
    await assertDenied(code, () => charge(call({ amount })));
    assert.deepEqual(ran, []);
  });
}

test("another currency, a missing and an unexpected parameter have their codes", async () => {
  const charge = testing.guard(CHARGE).wrap("charge", recorder().tool);
  await assertDenied("KKN-E204", () => charge(call({ currency: "USD" })));
  await assertDenied("KKN-E205", () => charge({ amount: 1, currency: "EUR" }));
  await assertDenied("KKN-E206", () => charge(call({ note: "x" })));
});

test("every element of a list is judged, nulls too, and an empty list of values allows nothing", async () => {
  const scope = { grant: [{ action: "mail", params: { "to[]": { "one-of": ["a@x.com", "b@x.com"] }, tag: { "one-of": [] } } }, { action: "send", params: { "to[]": ["a@x.com"] } }] };
  const guard = testing.guard(scope);
  const send = guard.wrap("send", recorder().tool);
  assert.equal(send({ to: ["a@x.com"] }), "done");
  assert.equal(send({ to: [] }), "done");
  await assertDenied("KKN-E204", () => send({ to: ["a@x.com", "evil@y.com"] }));
  await assertDenied("KKN-E207", () => send({ to: ["a@x.com", null] })).catch(async () => assertDenied("KKN-E204", () => send({ to: ["a@x.com", null] })));
  const mail = guard.wrap("mail", recorder().tool);
  await assertDenied("KKN-E204", () => mail({ to: ["a@x.com"], tag: "x" }));
});

test("zero is zero: a maximum of 0 allows 0 and nothing above", async () => {
  const charge = testing.guard({ grant: [{ action: "charge", params: { amount: { max: 0, money: true } } }] }).wrap("charge", recorder().tool);
  assert.equal(charge({ amount: 0 }), "done");
  await assertDenied("KKN-E202", () => charge({ amount: 0.01 }));
});

test("a getter is read once, and the tool gets what was judged", () => {
  const { ran, tool } = recorder();
  const charge = testing.guard(CHARGE).wrap("charge", tool);
  let reads = 0;
  const sly = { currency: "EUR", customer: "cus_1", get amount() { reads += 1; return reads === 1 ? 50 : 47_000; } };
  charge(sly);
  assert.equal(reads, 1);
  assert.equal(ran[0].amount, 50);
});

test("changing the argument afterwards changes nothing", async () => {
  const ran = [];
  const items = { grant: [{ action: "order", params: { "items[].amount": { max: 10 } } }] };
  const order = testing.guard(items).wrap("order", async (args) => { await null; ran.push(args.items[0].amount); });
  const args = { items: [{ amount: 1 }] };
  const pending = order(args);
  args.items[0].amount = 47_000;
  await pending;
  assert.deepEqual(ran, [1]);
});

test("toJSON, proxies and class instances do not reach the tool in another form", async () => {
  const { ran, tool } = recorder();
  const charge = testing.guard(CHARGE).wrap("charge", tool);
  await assertDenied("KKN-E207", () => charge({ ...call({ amount: 47_000 }), toJSON: () => call() }));
  class Charge { amount = 50; currency = "EUR"; customer = "cus_1"; }
  await assertDenied("KKN-E207", () => charge(new Charge()));
  let turn = 0;
  charge(new Proxy(call(), { get: (target, key) => (key === "amount" && ++turn > 1 ? 47_000 : target[key]) }));
  assert.deepEqual(ran, [call()]);
});

test("a member named __proto__ is an unexpected member, not a prototype", async () => {
  const charge = testing.guard(CHARGE).wrap("charge", recorder().tool);
  await assertDenied("KKN-E206", () => charge(JSON.parse('{"amount":50,"currency":"EUR","customer":"cus_1","__proto__":{"x":1}}')));
});

test("depth and count are bounded", async () => {
  const open = testing.guard({ grant: [{ action: "a", open: true }] }).wrap("a", recorder().tool);
  let deep = {};
  for (let i = 0; i < 100_000; i += 1) deep = { deep };
  await assertDenied("KKN-E207", () => open(deep));
  const cycle = {};
  cycle.self = cycle;
  await assertDenied("KKN-E207", () => open(cycle));
  await assertDenied("KKN-E207", () => open({ many: new Array(5_000).fill(0) }));
  await assertDenied("KKN-E207", () => open({ text: "x".repeat(70_000) }));
  await assertDenied("KKN-E207", () => open({ text: "\ud800" }));
});

const TEXTS = {
  grant: [
    { action: "glob", params: { v: { glob: "docs/*" } } },
    { action: "path", params: { v: { path: "/srv/data" } } },
    { action: "mail", params: { v: { email: { domains: ["acme.com"] } } } },
    { action: "host", params: { v: { domain: ["api.acme.com"] } } },
    { action: "url", params: { v: { url: { hosts: ["api.acme.com"] } } } },
  ],
};
for (const [action, good, bad] of [
  ["glob", ["docs/a"], ["docs/a/b", "docs/a\nb", "xdocs/a", "docs/..", "docs/%2e%2e"]],
  ["path", ["/srv/data/a", "/srv/data/a/b.txt"], ["/srv/data", "/srv/data/../etc", "/srv/data/./a", "/srv/data//a", "/srv/database/a", "srv/data/a", "/srv/data/%2e%2e/x", "/srv/data/a\\b", "/srv/data/a\u0000", "/etc/passwd"]],
  ["mail", ["a@acme.com"], ["a@evil.com", "a@acme.com, b@evil.com", "a@acme.com\nBcc: b@evil.com", "<a@acme.com>", "Ann <a@acme.com>", "a@acme.com.", "a@acme.com@evil.com", "a@acme.com;b@evil.com"]],
  ["host", ["api.acme.com", "API.acme.com"], ["api.acme.com.", "xapi.acme.com", "api.acme.com.evil.com", "2130706433", "0x7f.1", "127.1", "аpi.acme.com", "[::ffff:127.0.0.1]"]],
  ["url", ["https://api.acme.com/x", "https://api.acme.com"], ["http://api.acme.com/", "https://api.acme.com@evil.com/", "https://user@api.acme.com/", "https://api.acme.com:8443/", "https://api.acme.com\\@evil.com/", "https://api.acme.com.evil.com/", " https://api.acme.com/", "https://api.acme.com/\n", "javascript:alert(1)", "//api.acme.com/", "https://api.acme.com./"]],
]) {
  test(`${action}: texts that look right and are not never run`, () => {
    const guard = testing.guard(TEXTS);
    const { ran, tool } = recorder();
    const fn = guard.wrap(action, tool);
    for (const v of good) assert.equal(fn({ v }), "done", v);
    for (const v of bad) assert.throws(() => fn({ v }), /^Error|denied: KKN-E20[347]/, v);
    assert.equal(ran.length, good.length);
  });
}
