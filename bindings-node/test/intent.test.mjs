import assert from "node:assert/strict";
import { test } from "node:test";

import { Denied } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

import { CHARGE, call } from "./support.mjs";

const { assertDenied } = testing;
const pair = () => {
  const guard = testing.guard(CHARGE);
  return { guard, verifier: testing.verifier(guard), sign: (args = call(), audience = "test") => guard.sign("charge", args, { audience }) };
};

test("a signed intent is verified once; the second time is a replay", async () => {
  const { verifier, sign } = pair();
  const token = await sign();
  const intent = await verifier.verify(token, { action: "charge", params: call() });
  assert.deepEqual(intent.params, call());
  await assertDenied("KKN-E301", () => verifier.verify(token));
});

test("two honest equal calls both pass", async () => {
  const { verifier, sign } = pair();
  await verifier.verify(await sign());
  await verifier.verify(await sign());
});

test("a request that differs from what was signed is refused, and draws nothing", async () => {
  const { verifier, sign } = pair();
  const token = await sign();
  await assertDenied("KKN-E308", () => verifier.verify(token, { action: "refund" }));
  await assertDenied("KKN-E308", () => verifier.verify(token, { params: call({ amount: 51 }) }));
  await verifier.verify(token);
});

test("another audience, an expired and a future intent are refused", async () => {
  const { guard, verifier, sign } = pair();
  await assertDenied("KKN-E306", async () => verifier.verify(await sign(call(), "elsewhere")));
  const token = await sign();
  testing.clock(guard).advance("10m");
  await assertDenied("KKN-E302", () => verifier.verify(token));
});

test("what the scope refuses is not signed", async () => {
  const { sign } = pair();
  await assertDenied("KKN-E202", () => sign(call({ amount: 501 })));
});

test("a changed byte anywhere is refused", async () => {
  const { verifier, sign } = pair();
  const token = await sign();
  for (let at = 0; at < token.length; at += 97) {
    const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    await assert.rejects(verifier.verify(changed), (error) => Denied.isInstance(error));
  }
  for (const broken of ["", "a.b", `${token}.x`, `${token}=`, ` ${token}`, token.replaceAll("-", "+")]) {
    if (broken !== token) await assertDenied("KKN-E304", () => verifier.verify(broken));
  }
  await verifier.verify(token);
});
