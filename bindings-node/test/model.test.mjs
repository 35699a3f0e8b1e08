// The hash of what an agent runs on, and guards that are bound to it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { computeModelHash, Denied, ToolGuard } from "@kakunin/sdk";

import { CHARGE, folder, kakunin } from "./support.mjs";

const CASES = JSON.parse(readFileSync(new URL("../../kakunin-authority/tests/model-hash.json", import.meta.url), "utf8"));

test("a configuration has the digest of its canonical form", async () => {
  const at = folder();
  assert.ok(CASES.configurations.length > 0);
  for (const { configuration, canonical, hash } of CASES.configurations) {
    assert.equal(`sha256:${createHash("sha256").update(canonical).digest("hex")}`, hash);
    assert.equal(await computeModelHash(configuration), hash);
    writeFileSync(join(at, "config.json"), JSON.stringify(configuration));
    assert.equal(kakunin(at, "model", "hash", "config.json").trim(), hash);
  }
});

test("weights have the digest of their digest", async () => {
  const weights = join(folder(), "weights");
  for (const { content, hash } of CASES.files) {
    writeFileSync(weights, content);
    assert.equal(await computeModelHash(weights), hash);
  }
});

test("a guard starts with the model of its certificate and with no other", async () => {
  const at = folder();
  const weights = join(at, "weights");
  writeFileSync(join(at, "scope.toml"), CHARGE);
  writeFileSync(weights, "abc");
  kakunin(at, "init");
  const configuration = { provider: "acme", model: "large" };
  for (const [name, model] of [["bot", configuration], ["local", weights]]) {
    kakunin(at, "issue", name, "--scope", "scope.toml", "--model-hash", await computeModelHash(model));
  }
  const pki = (name) => join(at, "pki", name);
  const refusal = (name, model) => {
    try {
      new ToolGuard({ certificate: pki(`${name}.pem`), trust: pki("root.pem"), record: "none", ...(model && { model }) });
    } catch (error) {
      if (Denied.isInstance(error)) return error.code;
      throw error;
    }
  };
  assert.equal(refusal("bot", configuration), undefined);
  assert.equal(refusal("bot", { ...configuration, model: "larger" }), "KKN-E108");
  assert.equal(refusal("bot"), "KKN-E108");
  assert.equal(refusal("local", weights), undefined);
  assert.equal(refusal("local", join(at, "scope.toml")), "KKN-E108");
  assert.equal(refusal("local", configuration), "KKN-E108");
});

test("what is no model is refused", async () => {
  await assert.rejects(computeModelHash({ a: () => 1 }), TypeError);
  await assert.rejects(computeModelHash({ a: NaN }), TypeError);
  await assert.rejects(computeModelHash([]), (error) => error.code === "KKN-E504");
  await assert.rejects(computeModelHash(join(folder(), "missing")), (error) => error.code === "KKN-E504");
});
