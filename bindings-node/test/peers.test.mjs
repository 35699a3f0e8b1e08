// Each of these was broken by a published guard when it was run.
import assert from "node:assert/strict";
import { createHmac, createPrivateKey, generateKeyPairSync, sign as signBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

import { Denied, ToolGuard, Verifier } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

import { CHARGE, call, kakunin, recorder, reports, trial } from "./support.mjs";

const { assertDenied } = testing;
const denied = (code) => (error) => Denied.isInstance(error) && error.code === code;

test("a constrained argument that is missing is refused, whatever default the tool has for it", async () => {
  const ran = [];
  const charge = testing.guard(CHARGE).wrap("charge", ({ amount = 47_000, currency = "EUR", customer = "cus_1" } = {}) => ran.push(amount));
  const { amount, ...rest } = call();
  await assertDenied("KKN-E205", () => charge(rest));
  await assertDenied("KKN-E205", () => charge(call({ amount: undefined })));
  await assertDenied("KKN-E205", () => charge());
  assert.deepEqual(ran, []);
});

test("a call without arguments is judged as one without members, and the tool gets that", () => {
  const ran = [];
  const list = testing.guard({ grant: [{ action: "list" }] }).wrap("list", (filter = { all: true }) => ran.push(filter));
  list();
  list(undefined);
  assert.deepEqual(ran, [{}, {}], "the default of the tool is nothing that was judged");
});

test("on methods `this` stays, further arguments pass through, and the first is judged", async () => {
  class Bank {
    #balance = 1_000;
    charge(args, note) {
      this.#balance -= args.amount;
      return `${this.#balance} ${note}`;
    }
  }
  const bank = new Bank();
  Bank.prototype.charge = testing.guard(CHARGE).wrap("charge", Bank.prototype.charge);
  assert.equal(bank.charge(call(), "note"), "950 note");
  await assertDenied("KKN-E202", () => bank.charge(call({ amount: 501 }), "note"));
});

const LIMITED = `
limits = [{ rate = 50, per = "1h" }]
[[grant]]
action = "charge"
limits = [{ budget = "amount", max = 400, per = "1d" }]
[grant.params]
amount = { max = 10 }
`;

test("limits hold over worker threads: one store a process, atomic", async () => {
  const { options } = trial(LIMITED);
  const source = `
    import { subscribe } from "node:diagnostics_channel";
    import { parentPort, workerData } from "node:worker_threads";
    import { ToolGuard } from "@kakunin/sdk";
    subscribe("kakunin", () => {});
    const guard = new ToolGuard(workerData);
    let passed = 0;
    for (let i = 0; i < 30; i += 1) if ((await guard.check("charge", { amount: 10 })).allowed) passed += 1;
    parentPort.postMessage(passed);
  `;
  const results = await Promise.all(
    Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
      const url = new URL(`data:text/javascript,${encodeURIComponent(source.replace("@kakunin/sdk", import.meta.resolve("@kakunin/sdk")))}`);
      new Worker(url, { workerData: options }).on("message", resolve).on("error", reject);
    })),
  );
  assert.equal(results.reduce((sum, passed) => sum + passed, 0), 40, "400 by 10");
  const here = new ToolGuard(options);
  await assertDenied("KKN-E209", () => here.authorize("charge", { amount: 10 }));
  for (let i = 0; i < 10; i += 1) await here.authorize("charge", { amount: 0 });
  await assertDenied("KKN-E208", () => here.authorize("charge", { amount: 0 }));
});

test("limits hold over concurrent calls", async () => {
  const guard = testing.guard(LIMITED);
  const charge = guard.wrap("charge", async ({ amount }) => (await null, amount));
  const settled = await Promise.allSettled(Array.from({ length: 60 }, () => charge({ amount: 10 })));
  assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 40);
});

test("no certificate is no guard, in every mode", () => {
  const { options } = trial();
  for (const mode of ["enforce", "observe"]) {
    const { certificate: _, ...without } = options;
    assert.throws(() => new ToolGuard({ ...without, mode }), denied("KKN-E504"));
    assert.throws(() => new ToolGuard({ ...options, trust: [], mode }), denied("KKN-E504"));
    assert.throws(() => new ToolGuard({ ...options, certificate: "", mode }), denied("KKN-E504"));
  }
  assert.throws(() => new Verifier({ trust: [], audience: "svc" }), denied("KKN-E504"));
});

test("unknown fields and constraints of a scope are refused with their place and the nearest name", () => {
  for (const [scope, reason] of [
    [{ grant: [{ action: "a", params: { x: { regexp: "a" } } }] }, /regexp/],
    [{ grant: [{ action: "a" }], denny: ["b"] }, /deny/],
    ["[[grant]]\naction = 'a'\nparam = {}\n", /line 3.*params/],
  ]) {
    assert.throws(() => testing.guard(scope), (error) => error.code === "KKN-E107" && reason.test(error.reason));
  }
});

test("values deep inside are judged, every element of every list", async () => {
  const guard = testing.guard({ grant: [{ action: "order", params: { "items[].price.amount": { max: 10 } } }] });
  const order = guard.wrap("order", recorder().tool);
  const item = (amount) => ({ price: { amount } });
  assert.equal(order({ items: [item(1), item(10)] }), "done");
  await assertDenied("KKN-E204", () => order({ items: [item(1), item(11)] }));
  await assertDenied("KKN-E207", () => order({ items: [item(1), null] }));
  await assertDenied("KKN-E205", () => order({ items: [item(1), item(null)] }));
  await assertDenied("KKN-E206", () => order({ items: [{ ...item(1), hidden: 1 }] }));
  await assertDenied("KKN-E207", () => order({ items: { 0: item(1), length: 1 } }));
});

test("a guarded object has its methods and nothing else; what is not listed is denied in its own kind", async () => {
  let read = 0;
  class Base {
    inherited() { return "ran"; }
  }
  class Bank extends Base {
    balance = 1;
    arrow = () => "ran";
    get secret() { read += 1; return () => "ran"; }
    charge({ amount }) { return this.balance + amount; }
    async transfer() { return "ran"; }
    *steps() { yield "ran"; }
    static make() { return new Bank(); }
    [Symbol.iterator]() { return [][Symbol.iterator](); }
  }
  const guard = testing.guard(CHARGE);
  for (const bank of [guard.wrapMethods(new Bank(), { charge: "charge" }), new (guard.wrapMethods(Bank, { charge: "charge" }))()]) {
    assert.equal(bank.charge(call()), 51);
    const pending = bank.transfer();
    assert.ok(pending instanceof Promise);
    await assertDenied("KKN-E201", () => pending);
    const steps = bank.steps();
    await assertDenied("KKN-E201", () => steps.next());
    await assertDenied("KKN-E201", () => bank.inherited());
    assert.match((await assertDenied("KKN-E201", () => bank.arrow())).reason, /arrow/);
    assert.deepEqual(Reflect.ownKeys(bank).sort(), ["arrow", "charge", "inherited", "steps", "transfer"]);
    assert.ok(Object.isFrozen(bank) && !(bank instanceof Bank));
  }
  assert.equal(read, 0, "no getter was run");
  assert.throws(() => guard.wrapMethods(new Bank(), { secret: "charge" }), /no method `secret`/);
  assert.throws(() => guard.wrapMethods(new Bank(), { constructor: "charge" }), /no method `constructor`/);
  assert.throws(() => guard.wrapMethods(() => 1, {}), /for a function there is wrap/);
});

test("a guard in the wrong place is an error", () => {
  const guard = testing.guard(CHARGE);
  const tool = { execute: () => "ran" };
  assert.throws(() => guard.wrap("charge", tool), TypeError);
  assert.throws(() => guard.wrap("charge", class Tool {}), TypeError);
  assert.throws(() => guard.wrap(() => "ran", "charge"), TypeError);
  const charge = guard.wrap("charge", function () {});
  assert.throws(() => new charge(call()), TypeError, "a guarded function is no constructor");
});

test("the raw tool is reachable through nothing of the guarded one", () => {
  const tool = Object.assign(async () => "ran", { schema: {}, raw: () => "ran" });
  const guarded = testing.guard(CHARGE).wrap("charge", tool);
  assert.deepEqual(Reflect.ownKeys(guarded).sort(), ["length", "name"]);
});

test("objects whose reading has side effects are read once, and those that throw are refused", async () => {
  const { ran, tool } = recorder();
  const charge = testing.guard(CHARGE).wrap("charge", tool);
  let turn = 0;
  const proxy = new Proxy([1], { get: (target, key) => (key === "length" ? ++turn : target[key]) });
  await assertDenied("KKN-E206", () => charge(call({ list: proxy })));
  assert.equal(turn, 1);
  await assertDenied("KKN-E207", () => charge({ get amount() { throw new Error("read"); } }));
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  await assertDenied("KKN-E207", () => charge(revoked));
  // A getter that calls the guard itself disturbs neither call.
  const inner = testing.guard({ grant: [{ action: "x", open: true }] });
  charge({ currency: "EUR", customer: "cus_1", get amount() { inner.checkSync("x", { a: [1, 2, 3] }); return 50; } });
  assert.deepEqual(ran, [call()]);
});

test("a shared or cyclic value costs no more than the bounds", async () => {
  const open = testing.guard({ grant: [{ action: "a", open: true }] }).wrap("a", recorder().tool);
  const rule = async (value) => (await assertDenied("KKN-E207", () => open({ a: value }))).details.rule;
  let shared = [];
  for (let i = 0; i < 30; i += 1) shared = [shared, shared];
  const cycle = {};
  cycle.self = cycle;
  const before = performance.now();
  assert.equal(await rule(shared), "json-too-many-values");
  assert.equal(await rule(cycle), "json-too-deep");
  assert.equal(await rule(new Array(2 ** 32 - 1)), "type-unsupported");
  assert.equal(await rule("x".repeat(2 ** 28)), "json-too-large");
  assert.ok(performance.now() - before < 1_000);
});

test("members of every object, visible to the tool and not to the guard, stop every call", async () => {
  const { ran, tool } = recorder();
  const charge = testing.guard(CHARGE).wrap("charge", tool);
  for (const [prototype, key, value] of [[Object.prototype, "amount", 47_000], [Array.prototype, "extra", 1], [Object.prototype, "toJSON", () => call()]]) {
    try {
      Object.defineProperty(prototype, key, { value, configurable: true, enumerable: key !== "toJSON" });
      const answer = await assertDenied("KKN-E207", () => charge(call({ amount: 47_000 })));
      assert.equal(answer.details.rule, "prototype-polluted");
    } finally {
      delete prototype[key];
    }
  }
  charge(call());
  assert.deepEqual(ran, [call()]);
});

test("the tool gets numbers and lists as they were judged", async () => {
  const { ran, tool } = recorder();
  const open = testing.guard({ grant: [{ action: "a", open: true }] }).wrap("a", tool);
  class List extends Array {}
  for (const a of [new List(), Object.setPrototypeOf([], null), Object.setPrototypeOf([], {}), new Uint8Array(1), [,]]) {
    await assertDenied("KKN-E207", () => open({ a }));
  }
  open({ a: -0, list: [-0, 1] });
  assert.ok(Object.is(ran[0].a, 0) && Object.is(ran[0].list[0], 0), "0 was judged");
  assert.equal(Object.getPrototypeOf(ran[0].list), Array.prototype);
});

test("values of another realm are read as they are, instances of classes are not", async () => {
  const { runInNewContext } = await import("node:vm");
  const { ran, tool } = recorder();
  const charge = testing.guard(CHARGE).wrap("charge", tool);
  charge(runInNewContext("({ amount: 50, currency: 'EUR', customer: 'cus_1' })"));
  await assertDenied("KKN-E206", () => charge(runInNewContext("({ amount: 50, currency: 'EUR', customer: 'cus_1', list: [1] })")));
  for (const text of ["new Map()", "new Date()", "new (class extends Array {})()", "new Number(5)", "new (class A {})()"]) {
    await assertDenied("KKN-E207", () => charge(runInNewContext(`({ amount: ${text}, currency: "EUR", customer: "cus_1" })`)));
  }
  assert.deepEqual(ran, [call()]);
  const later = runInNewContext("(async () => 'ran')");
  const pending = testing.guard(CHARGE).wrap("charge", later)(call({ amount: 501 }));
  await assert.rejects(pending, denied("KKN-E202"), "it stays async");
});

test("coroutines and generators that start after expiry do not run", async () => {
  const guard = testing.guard(CHARGE);
  const ran = [];
  const steps = guard.wrap("charge", function* () { ran.push(1); yield 1; })(call());
  const later = guard.wrap("charge", async function* () { ran.push(2); yield 2; })(call());
  const async = guard.wrap("charge", async () => ran.push(3));
  testing.clock(guard).advance("400d");
  await assertDenied("KKN-E103", () => steps.next());
  await assertDenied("KKN-E103", () => later.next());
  await assertDenied("KKN-E103", () => async(call()));
  assert.deepEqual(ran, []);
});

test("a binding reaches timers and promises inside, is gone outside, and the innermost one counts", async () => {
  const guard = testing.guard(CHARGE, { bound: "required" });
  const other = testing.guard(CHARGE, { bound: "required" });
  const charge = guard.wrap("charge", () => "ran");
  const outer = guard.bind({ session: "outer" });
  const inner = outer.bind({ chain: "chain" });
  const signed = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  await outer.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(charge(call()), "ran");
    assert.equal(signed(await guard.sign("charge", call(), { audience: "test" })).session, "outer");
    assert.equal(signed(await inner.sign("charge", call(), { audience: "test" })).chain, "chain", "a narrower guard stays itself");
    await inner.run(async () => {
      const claims = signed(await guard.sign("charge", call(), { audience: "test" }));
      assert.deepEqual([claims.session, claims.chain], ["outer", "chain"]);
    });
    await assertDenied("KKN-E504", () => other.authorize("charge", call()));
    await other.bind({ session: "other" }).run(async () => {
      await other.authorize("charge", call());
      assert.equal(charge(call()), "ran", "the binding of one guard does not end that of another");
    });
  });
  await assertDenied("KKN-E504", () => charge(call()));
  assert.throws(() => guard.bind({ session: "" }), denied("KKN-E504"));
  assert.throws(() => guard.bind({ session: "é".repeat(257) }), denied("KKN-E504"));
  assert.throws(() => guard.bind({ sesion: "x" }), /unknown option `sesion`/);
});

test("one intent that arrives many times at once passes once", async () => {
  const guard = testing.guard(CHARGE);
  const token = await guard.sign("charge", call(), { audience: "test" });
  const verifier = testing.verifier(guard);
  const settled = await Promise.allSettled(Array.from({ length: 20 }, () => verifier.verify(token)));
  assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
  assert.ok(settled.filter(({ status }) => status === "rejected").every(({ reason }) => denied("KKN-E301")(reason)));
});

test("a tool signs the call that runs, after awaits and in generators, and draws once", async () => {
  const guard = testing.guard({ grant: [{ action: "charge", params: { amount: { max: 5 } }, limits: [{ rate: 3, per: "1h" }] }] });
  const verifier = testing.verifier(guard);
  const sign = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return guard.sign({ audience: "test" });
  };
  const tokens = [await guard.wrap("charge", async () => sign())({ amount: 1 })];
  const [fromSteps] = [...guard.wrap("charge", function* () { yield guard.sign({ audience: "test" }); })({ amount: 2 })];
  tokens.push(await fromSteps);
  for await (const token of guard.wrap("charge", async function* () { await null; yield sign(); })({ amount: 3 })) tokens.push(token);
  const claims = tokens.map((token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url")).params.amount);
  assert.deepEqual(claims, [1, 2, 3]);
  await assertDenied("KKN-E208", () => guard.authorize("charge", { amount: 1 }));
  await assert.rejects(guard.sign({ audience: "test" }), /no guarded call/);
  const other = testing.guard(CHARGE);
  await assert.rejects(other.wrap("charge", async () => guard.sign({ audience: "test" }))(call()), /no guarded call/);
  await assertDenied("KKN-E208", () => verifier.verify(tokens[0]), "the far side draws on its own");
});

// The agent's own key, used by hand: what a dishonest agent or a thief of intents can send.
function hand({ options, key: keyFile }) {
  const key = createPrivateKey(readFileSync(keyFile));
  const pems = readFileSync(options.certificate, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  const chain = pems.map((pem) => new X509Certificate(pem).raw.toString("base64"));
  const leaf = new X509Certificate(pems[0]);
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "EdDSA", typ: "kakunin-intent+jwt", "x5t#S256": Buffer.from(leaf.fingerprint256.replaceAll(":", ""), "hex").toString("base64url"), x5c: chain };
  const claims = { iss: leaf.subjectAltName.replace("URI:", ""), aud: "svc", iat: now, exp: now + 60, jti: "", action: "charge", params: call() };
  let count = 0;
  const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  return (over = {}, { headers = {}, text, by = (input) => signBytes(null, input, key) } = {}) => {
    const jti = `${Date.now()}${String((count += 1)).padStart(16, "0")}`;
    const input = `${part({ ...header, ...headers })}.${part(text ?? { ...claims, jti, ...over })}`;
    return `${input}.${by(Buffer.from(input)).toString("base64url")}`;
  };
}

test("an intent made by hand by the rules passes, and each broken rule has its code", async () => {
  const pki = trial();
  const token = hand(pki);
  const { certificate: _, ...rest } = pki.options;
  const verifier = new Verifier({ ...rest, audience: "svc" });
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await verifier.verify(token())).action, "charge");
  for (const [over, code] of [
    [{ iat: now + 300, exp: now + 360 }, "KKN-E303"],
    [{ iat: now - 300, exp: now - 240 }, "KKN-E302"],
    [{ exp: undefined }, "KKN-E304"],
    [{ exp: now + 86_400 }, "KKN-E304"],
    [{ exp: `${now + 60}` }, "KKN-E304"],
    [{ iat: now + 0.5 }, "KKN-E304"],
    [{ aud: "other" }, "KKN-E306"],
    [{ aud: ["svc"] }, "KKN-E306"],
    [{ jti: "short" }, "KKN-E304"],
    [{ iss: "urn:kakunin:other" }, "KKN-E109"],
    [{ params: call({ amount: 47_000 }) }, "KKN-E202"],
    [{ action: "refund" }, "KKN-E201"],
  ]) {
    await assertDenied(code, () => verifier.verify(token(over)));
  }
});

test("the sender chooses no algorithm, no key and no check", async () => {
  const pki = trial();
  const token = hand(pki);
  const { certificate: _, ...rest } = pki.options;
  const verifier = new Verifier({ ...rest, audience: "svc" });
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const stranger = (input) => signBytes(null, input, privateKey);
  const x5c = JSON.parse(Buffer.from(token().split(".")[0], "base64url")).x5c;
  for (const [headers, by, code] of [
    [{ alg: "none" }, () => Buffer.alloc(0), "KKN-E307"],
    [{ alg: "HS256" }, (input) => createHmac("sha256", Buffer.from(x5c[0], "base64")).update(input).digest(), "KKN-E307"],
    [{}, stranger, "KKN-E305"],
    [{ jwk: publicKey.export({ format: "jwk" }) }, stranger, "KKN-E304"],
    [{ crit: ["exp"] }, undefined, "KKN-E304"],
    [{ typ: "JWT" }, undefined, "KKN-E304"],
    [{ x5c: x5c.slice(0, 1) }, undefined, "KKN-E102"],
    [{ x5c: [] }, undefined, "KKN-E304"],
    [{ x5c: [...x5c].reverse() }, undefined, "KKN-E304"],
  ]) {
    await assertDenied(code, () => verifier.verify(token({}, { headers, ...(by ? { by } : {}) })));
  }
  const elsewhere = hand(trial());
  await assertDenied("KKN-E102", () => verifier.verify(elsewhere()), "an authority that nobody here trusts");
  const claims = `"iss":"x","aud":"svc","iat":1,"exp":2,"jti":"${"a".repeat(22)}","action":"charge"`;
  await assertDenied("KKN-E304", () => verifier.verify(token({}, { text: `{${claims},"params":{"amount":1,"amount":2}}` })));
});

test("a comparison with the request is never left out by accident", async () => {
  const guard = testing.guard(CHARGE);
  const token = await guard.sign("charge", call(), { audience: "test" });
  const verifier = testing.verifier(guard);
  await assert.rejects(verifier.verify(token, { parms: call() }), /unknown option `parms`/);
  await assert.rejects(verifier.verify(token, { params: undefined }), /`params` is given as undefined/);
  await assert.rejects(verifier.verify(token, { action: undefined }), /`action` is given as undefined/);
  await assertDenied("KKN-E207", () => verifier.verify(token, { params: null }));
  await assertDenied("KKN-E207", () => verifier.verify(token, { params: call({ amount: NaN }) }));
  for (const missing of [undefined, null, [token], { token }]) await assertDenied("KKN-E304", () => verifier.verify(missing));
  await verifier.verify(token, { action: "charge", params: call() });
});

test("a token in another form of base64 is refused", async () => {
  const guard = testing.guard(CHARGE);
  const token = await guard.sign("charge", call(), { audience: "test" });
  const verifier = testing.verifier(guard);
  const last = token.at(-1);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const twin = token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
  for (const broken of [twin, `${token}=`, `${token}\n`, token.replace(".", ". "), token.replace(".", "=.")]) {
    await assertDenied("KKN-E304", () => verifier.verify(broken));
  }
  await verifier.verify(token);
});

test("a revoked agent is refused by a guard that is opened afterwards", async () => {
  const pki = trial();
  new ToolGuard(pki.options).authorizeSync("charge", call());
  kakunin(pki.at, "revoke", "pki/bot.pem");
  await assertDenied("KKN-E401", () => new ToolGuard(pki.options).authorize("charge", call()));
});

test("what an operator is told starts no line and steers no terminal", async () => {
  const guard = testing.guard({ grant: [{ action: "a", params: { v: ["x"] } }] });
  reports.length = 0;
  await assertDenied("KKN-E204", () => guard.authorize("a", { v: "\n\u001b[31mkakunin: denied\u2028\u202e" }));
  assert.doesNotMatch(reports[0].text, /[\p{Cc}\u2028\u202e]/u);
  assert.equal(reports[0].decision.details.requested.includes("\n"), false);
});
