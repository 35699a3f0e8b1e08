// Guards for one task: what they may do, whose tools they judge and where, and when that ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { BoundGuard, Denied } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

const upTo = (max, more = {}) => ({ grant: [{ action: "charge", params: { amount: { max } }, ...more }] });
const AGENT = upTo(500);
const TASK = upTo(100);
const SMALL = upTo(10);

const opened = (options = {}) => testing.guard(AGENT, { delegate: 2, ...options });
const narrow = (guard, scope = TASK, options = {}) => guard.narrow(scope, { ttl: "10m", ...options });
const tool = (guard) => guard.wrap("charge", ({ amount }) => amount);
const denied = (code, fn) => testing.assertDenied(code, fn);

test("inside its reach the parent's tools are judged by the narrowed guard", async () => {
  const guard = opened();
  const charge = tool(guard);
  const task = narrow(guard, TASK, { name: "task-17" });
  assert.ok(task instanceof BoundGuard);
  assert.equal(task.id, `${guard.id}:-:task-17`);
  await task.run(async () => {
    assert.equal(charge({ amount: 100 }), 100);
    await denied("KKN-E204", () => charge({ amount: 101 }));
    await denied("KKN-E204", () => guard.authorize("charge", { amount: 101 }));
    assert.equal((await guard.check("charge", { amount: 101 })).allowed, false);
    assert.match(guard.explain("charge", { amount: 101 }), /100/);
  });
  assert.equal(charge({ amount: 101 }), 101);
  assert.equal(tool(task)({ amount: 100 }), 100);
  await denied("KKN-E204", () => tool(task)({ amount: 101 }));
});

test("objects with guarded methods are judged by it too", async () => {
  const guard = opened();
  class Client {
    charge({ amount }) {
      return amount;
    }
    refund() {}
  }
  const client = guard.wrapMethods(new Client(), { charge: "charge" });
  await narrow(guard).run(async () => {
    assert.equal(client.charge({ amount: 100 }), 100);
    await denied("KKN-E204", () => client.charge({ amount: 101 }));
    await denied("KKN-E201", () => client.refund());
  });
});

test("parents' limits are drawn on, and one name goes on counting", async () => {
  const guard = testing.guard(upTo(500, { limits: [{ rate: 3, per: "1h" }] }), { delegate: 1 });
  const once = upTo(100, { limits: [{ rate: 1, per: "1h" }] });
  const call = (name) => narrow(guard, once, { name }).authorize("charge", { amount: 1 });
  await call("a");
  await denied("KKN-E208", () => call("a"));
  await call("b");
  await guard.authorize("charge", { amount: 1 });
  const denial = await denied("KKN-E208", () => narrow(guard).authorize("charge", { amount: 1 }));
  assert.equal(denial.details.depth, 1);
});

test("what starts inside stays inside, whatever else runs meanwhile", async () => {
  const guard = opened();
  const charge = guard.wrap("charge", async ({ amount }) => amount);
  const later = narrow(guard).run(async () => {
    await sleep(5);
    await denied("KKN-E204", () => charge({ amount: 101 }));
    return charge({ amount: 100 });
  });
  assert.equal(await charge({ amount: 101 }), 101);
  assert.equal(await later, 100);
  const limits = Array.from({ length: 20 }, (_, index) => index + 1);
  await Promise.all(
    limits.map((limit) =>
      narrow(guard, upTo(limit)).run(async () => {
        await sleep(limit % 3);
        assert.equal(await charge({ amount: limit }), limit);
        await denied("KKN-E204", () => charge({ amount: limit + 1 }));
      }),
    ),
  );
});

test("a guard that must be bound denies outside", async () => {
  const guard = opened({ bound: "required" });
  const charge = tool(guard);
  const denial = await denied("KKN-E504", () => charge({ amount: 1 }));
  assert.equal(denial.details.rule, "bound-required");
  const task = narrow(guard);
  assert.equal(task.run(() => charge({ amount: 1 })), 1);
  assert.equal(tool(task)({ amount: 1 }), 1);
  await denied("KKN-E504", () => charge({ amount: 1 }));
});

test("after its time is over it denies inside, and the parent goes on outside", async () => {
  const guard = opened();
  const charge = tool(guard);
  const charges = guard.wrap("charge", function* ({ amount }) {
    yield amount;
  });
  const acharges = guard.wrap("charge", async function* ({ amount }) {
    yield amount;
  });
  const task = narrow(guard, TASK, { ttl: 60 });
  assert.ok(task.expiresAt < guard.expiresAt);
  await task.run(async () => {
    const begun = charges({ amount: 1 });
    const notBegun = charges({ amount: 1 });
    assert.equal(begun.next().value, 1);
    testing.clock(guard).advance("61s");
    await denied("KKN-E103", () => charge({ amount: 1 }));
    await denied("KKN-E103", () => notBegun.next());
    await denied("KKN-E103", () => acharges({ amount: 1 }).next());
    await denied("KKN-E103", () => task.sign("charge", { amount: 1 }, { audience: "x" }));
    assert.equal(begun.next().done, true, "what was allowed runs to its end");
  });
  assert.equal(charge({ amount: 1 }), 1);
  await denied("KKN-E103", () => narrow(task));
});

test("a narrowed guard is narrowed further as deep as it may", async () => {
  const guard = opened();
  const charge = tool(guard);
  const a = narrow(guard, TASK, { delegate: 1, name: "a" });
  const b = narrow(a, SMALL, { name: "b" });
  assert.equal(b.id, `${guard.id}:-:a:-:b`);
  await a.run(() =>
    b.run(async () => {
      assert.equal(charge({ amount: 10 }), 10);
      await denied("KKN-E204", () => charge({ amount: 11 }));
    }),
  );
  const denial = await denied("KKN-E102", () => narrow(b, SMALL));
  assert.match(denial.message, /`delegate`/);
});

test("who is inside narrows and binds from there", async () => {
  const guard = opened();
  const charge = tool(guard);
  await narrow(guard, TASK, { delegate: 1, name: "a" }).run(async () => {
    assert.match(narrow(guard, SMALL, { name: "b" }).id, /:-:a:-:b$/);
    await denied("KKN-E106", () => narrow(guard, AGENT));
    const bound = guard.bind({ session: "s1" });
    await bound.run(() => denied("KKN-E204", () => charge({ amount: 101 })));
    await denied("KKN-E204", () => bound.authorize("charge", { amount: 101 }));
  });
});

test("nobody gets out by entering what was made outside", async () => {
  const guard = opened();
  const charge = tool(guard);
  const [bound, other, wide] = [guard.bind({ session: "s1" }), narrow(guard, SMALL), narrow(guard, AGENT)];
  const task = narrow(guard);
  await task.run(async () => {
    for (const outside of [bound, other, wide]) {
      const denial = await denied("KKN-E504", () => outside.run(() => charge({ amount: 500 })));
      assert.equal(denial.details.rule, "binding-elsewhere");
    }
    await task.bind({ session: "s2" }).run(() => denied("KKN-E204", () => charge({ amount: 101 })));
    await task.run(() => denied("KKN-E204", () => charge({ amount: 101 })));
  });
  await bound.run(async () => {
    await other.run(() => denied("KKN-E204", () => charge({ amount: 11 })));
    assert.equal(charge({ amount: 11 }), 11);
  });
});

test("the far side verifies what it signs as the sub-agent", async () => {
  const guard = opened();
  const verifier = testing.verifier(guard);
  const charge = guard.wrap("charge", async () => guard.sign({ audience: "test" }));
  const signed = async () => (await verifier.verify(await charge({ amount: 5 }))).agent;
  const task = narrow(guard, TASK, { delegate: 1 });
  await task.run(async () => {
    assert.equal(await signed(), task.id);
    const token = await task.sign("charge", { amount: 5 }, { audience: "test" });
    assert.equal((await verifier.verify(token, { action: "charge", params: { amount: 5 } })).agent, task.id);
    const low = narrow(task, SMALL);
    assert.equal(await low.run(signed), low.id);
    await denied("KKN-E204", () => guard.sign("charge", { amount: 101 }, { audience: "test" }));
  });
  assert.equal(await signed(), guard.id);
});

test("it does not sign what it did not allow", async () => {
  const guard = opened();
  const task = narrow(guard);
  await assert.rejects(guard.wrap("charge", async () => task.sign({ audience: "x" }))({ amount: 500 }), /no guarded call of this guard/);
});

test("what makes no narrowed guard is refused with the reason", async () => {
  const guard = opened();
  for (const [scope, options, code, words] of [
    [upTo(501), {}, "KKN-E106", /`amount` of `charge`/],
    [{ grant: [{ action: "refund" }] }, {}, "KKN-E106", /`refund`/],
    ['[[grant]]\naction = "charge"\nparms = {}', {}, "KKN-E107", /line 3/],
    [TASK, { ttl: "ten" }, "KKN-E504", /1 s to 24 h/],
    [TASK, { ttl: 0 }, "KKN-E504", /1 s to 24 h/],
    [TASK, { ttl: -1 }, "KKN-E504", /1 s to 24 h/],
    [TASK, { ttl: NaN }, "KKN-E504", /1 s to 24 h/],
    [TASK, { ttl: 1.5 }, "KKN-E504", /1\.5 s/],
    [TASK, { ttl: "25h" }, "KKN-E504", /1 s to 24 h/],
    [TASK, { name: "-" }, "KKN-E109", /name/],
    [TASK, { name: "a.b" }, "KKN-E109", /name/],
    [TASK, { delegate: 2 }, "KKN-E106", /maxDepth/],
    [TASK, { delegate: 1.5 }, "KKN-E504", /1 to 8/],
    [TASK, { delegate: 9 }, "KKN-E504", /1 to 8/],
  ]) {
    const denial = await denied(code, () => guard.narrow(scope, { ttl: 60, ...options }));
    assert.match(denial.message, words);
  }
  for (const [scope, options] of [
    [5, { ttl: 60 }],
    [TASK, {}],
    [TASK, { ttl: 60, nmae: "x" }],
    [TASK, { ttl: 60, name: 5 }],
    [TASK, { ttl: 60, delegate: "1" }],
    [TASK, undefined],
  ]) {
    assert.throws(() => guard.narrow(scope, options), TypeError);
  }
  const text = '[[grant]]\naction = "charge"\nparams.amount = { max = 7 }';
  assert.equal((await guard.narrow(text, { ttl: "1m" }).check("charge", { amount: 8 })).allowed, false);
});

test("who may not delegate is told how", async () => {
  const denial = await denied("KKN-E105", () => narrow(testing.guard(AGENT)));
  assert.match(denial.message, /kakunin issue --delegate N/);
});

test("closing ends a narrowed guard and what is below it alone", async () => {
  const guard = opened();
  const top = narrow(guard, TASK, { delegate: 1 });
  const [low, bound, other] = [narrow(top), top.bind({ session: "s1" }), narrow(guard)];
  const call = (of) => of.authorize("charge", { amount: 1 });
  await bound.close();
  await call(low);
  await top.close();
  for (const closed of [top, low, bound]) await denied("KKN-E503", () => call(closed));
  await call(other);
  await guard.close();
  await denied("KKN-E503", () => call(other));
});

test("a narrowed guard is not renewed", async () => {
  const denial = await denied("KKN-E504", () => narrow(opened()).reload(new Uint8Array()));
  assert.match(denial.message, /narrow the guard again/);
  assert.ok(Denied.isInstance(denial));
});
