// A second opinion on our intents: `jose` verifies ours, and we verify those that it signs with the same key.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Denied, ToolGuard, Verifier } from "@kakunin/sdk";
import { compactVerify, jwtVerify, SignJWT } from "jose";

import { call, trial } from "./support.mjs";

const folder = trial().at;
const at = (name) => join(folder, "pki", name);
const chain = readFileSync(at("bot.pem"), "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g).map((pem) => new X509Certificate(pem));
const leaf = chain[0];
const trust = at("root.pem");
const options = { trust, revocation: "none", state: "memory:", record: "none" };

test("jose verifies an intent that we signed", async () => {
  const guard = new ToolGuard({ certificate: at("bot.pem"), signer: `file:${at("bot.key")}`, ...options });
  const token = await guard.sign("charge", call(), { audience: "payments" });
  const { payload, protectedHeader } = await jwtVerify(token, leaf.publicKey, { audience: "payments", typ: "kakunin-intent+jwt" });
  assert.deepEqual([payload.action, payload.params, payload.iss], ["charge", call(), guard.id]);
  assert.equal(protectedHeader["x5t#S256"], createHash("sha256").update(leaf.raw).digest("base64url"));
  assert.deepEqual(protectedHeader.x5c, chain.map((certificate) => certificate.raw.toString("base64")));
  await assert.rejects(compactVerify(`${token.slice(0, -2)}AA`, leaf.publicKey));
});

test("we verify an intent that jose signed with the agent's key, and refuse one by another key", async () => {
  const header = {
    alg: "EdDSA",
    typ: "kakunin-intent+jwt",
    "x5t#S256": createHash("sha256").update(leaf.raw).digest("base64url"),
    x5c: chain.map((certificate) => certificate.raw.toString("base64")),
  };
  const id = leaf.subjectAltName.replace("URI:", "");
  const sign = (file) =>
    new SignJWT({ action: "charge", params: call() })
      .setProtectedHeader(header)
      .setIssuer(id)
      .setAudience("payments")
      .setIssuedAt()
      .setExpirationTime("60s")
      .setJti(randomBytes(16).toString("base64url"))
      .sign(createPrivateKey(readFileSync(file)));
  const verifier = new Verifier({ audience: "payments", ...options });
  const intent = await verifier.verify(await sign(at("bot.key")), { action: "charge", params: call() });
  assert.deepEqual([intent.agent, intent.params], [id, call()]);
  await assert.rejects(verifier.verify(await sign(at("tenant.key"))), (error) => Denied.isInstance(error) && error.code === "KKN-E305");
});
