// What depends on the process: environment, standard error, files.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Denied, ToolGuard } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

import { CHARGE, call, folder, kakunin, trial } from "./support.mjs";

const { assertDenied } = testing;
const CHARGE_47000 = `await guard.check("charge", { amount: 47000, currency: "EUR", customer: "cus_1" })`;

/** Runs a module of this package's users in a process of its own. */
function run(source, env = {}, cwd = folder()) {
  const resolved = source.replaceAll(/"(@kakunin\/sdk[^"]*)"/g, (_, name) => JSON.stringify(import.meta.resolve(name)));
  const args = ["--input-type=module", "-e", resolved];
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8", env: { PATH: process.env.PATH, ...env } });
}

test("a denial goes to stderr while nobody listens, and only to who listens afterwards", () => {
  const { at, options } = trial();
  const source = `
    import { subscribe } from "node:diagnostics_channel";
    import { ToolGuard } from "@kakunin/sdk";
    const guard = new ToolGuard(${JSON.stringify(options)});
    ${CHARGE_47000};
    subscribe("kakunin", (report) => console.log(report.kind, report.decision.code));
    ${CHARGE_47000};
  `;
  const { stdout, stderr } = run(source, {}, at);
  assert.match(stderr, /^kakunin: denied KKN-E202 \(ref [0-9a-f]{16}\): charge `amount` is 47000.*\n$/);
  assert.equal(stdout, "denial KKN-E202\n");
});

test("a guard from the environment is the guard from the same options; mode comes from code only", () => {
  const { at, options } = trial();
  const env = { KAKUNIN_CERTIFICATE: options.certificate, KAKUNIN_TRUST: options.trust, KAKUNIN_RECORD: "none" };
  const source = `
    import { ToolGuard } from "@kakunin/sdk";
    try {
      const guard = ToolGuard.fromEnv();
      console.log(guard.id, (${CHARGE_47000}).code);
    } catch (error) {
      console.log(error.code, error.details.rule);
    }
  `;
  assert.equal(run(source, env, at).stdout, `${new ToolGuard(options).id} KKN-E202\n`);
  assert.match(run(source, { ...env, KAKUNIN_MODE: "observe" }, at).stdout, /^KKN-E504 observe-in-code/);
  assert.match(run(source, { ...env, KAKUNIN_RECORD: undefined, KAKUNIN_CERTIFICATE: undefined }, at).stdout, /^KKN-E504/);
});

test("production refuses development roots, throw-away certificates and testing guards", () => {
  const { at, options } = trial();
  const source = `
    import { ToolGuard } from "@kakunin/sdk";
    import * as testing from "@kakunin/sdk/testing";
    const attempts = [
      () => new ToolGuard(${JSON.stringify({ ...options, state: "memory:", revocation: "none" })}),
      () => new ToolGuard({ certificate: "test:scope.toml", record: "none" }),
      () => testing.guard({ grant: [] }),
    ];
    for (const attempt of attempts) {
      try {
        attempt();
        console.log("opened");
      } catch (error) {
        console.log(error.code);
      }
    }
  `;
  assert.equal(run(source, { KAKUNIN_ENV: "production" }, at).stdout, "KKN-E504\nKKN-E504\nKKN-E504\n");
  assert.equal(run(source, { KAKUNIN_ENV: "test" }, at).stdout, "opened\nopened\nopened\n");
  assert.equal(run(source, {}, at).stdout, "opened\nKKN-E504\nopened\n");
});

test("certificates are taken as paths, as text and as bytes", () => {
  const { options } = trial();
  const bytes = readFileSync(options.certificate);
  for (const certificate of [options.certificate, bytes, new Uint8Array(bytes), bytes.toString()]) {
    const guard = new ToolGuard({ ...options, certificate, trust: [options.trust] });
    assert.equal(guard.wrap("charge", () => "ran")(call()), "ran");
    guard.reload(certificate);
  }
  const guard = new ToolGuard(options);
  assert.throws(() => guard.reload(trial().options.certificate), (error) => Denied.isInstance(error));
  assert.equal(guard.wrap("charge", () => "ran")(call()), "ran", "the old certificate stays");
  assert.throws(() => new ToolGuard({ ...options, certificate: bytes.subarray(0, 200) }), (error) => Denied.isInstance(error));
});

for (const write of ["", "?write=batch"]) {
  test(`what was decided is in the record${write}, is explained by its reference, and a changed byte is found`, async () => {
    const { at, options } = trial();
    const guard = new ToolGuard({ ...options, record: `file:${join(at, "log")}${write}`, recordValues: ["amount"] });
    const charge = guard.wrap("charge", () => "ran");
    charge(call());
    const denied = await assertDenied("KKN-E202", () => charge(call({ amount: 47_000 })));
    await guard.flush();
    await guard.close();
    assert.match(kakunin(at, "record", "verify", "log"), /\b2 records\b/);
    assert.match(kakunin(at, "explain", denied.reference, "--record", "log"), /47000/);
    const entries = join(at, "log", "entries");
    const bytes = readFileSync(entries);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(entries, bytes);
    assert.throws(() => kakunin(at, "record", "verify", "log"), (error) => error.status === 1);
    await assertDenied("KKN-E503", () => charge(call()));
  });
}

test("a record that cannot be written, or is not one, stops the guard from opening, with its code", () => {
  const { at, options } = trial();
  writeFileSync(join(at, "file"), "");
  assert.throws(() => new ToolGuard({ ...options, record: `file:${join(at, "file", "log")}` }), (error) => error.code === "KKN-E503");
  mkdirSync(join(at, "log"));
  appendFileSync(join(at, "log", "entries"), "not a record");
  assert.throws(() => new ToolGuard({ ...options, record: `file:${join(at, "log")}` }), (error) => error.code === "KKN-E504");
});

test("a sub-agent is guarded by its own scope and by its parents', of both kinds of delegation", async () => {
  const { at, options } = trial(`max_depth = 1\n${CHARGE}`, "--delegate", "1");
  writeFileSync(join(at, "sub.toml"), CHARGE.replace("max = 500", "max = 100"));
  const sub = (by) => {
    kakunin(at, "issue", `sub-${by}`, "--scope", "sub.toml", "--parent", "pki/bot.pem", "--by", by);
    const certificate = join(at, "pki", `sub-${by}.pem`);
    return by === "ca" ? { ...options, certificate, parents: [options.certificate] } : { ...options, certificate };
  };
  for (const by of ["parent", "ca"]) {
    const guard = new ToolGuard(sub(by));
    assert.equal(guard.wrap("charge", () => "ran")(call()), "ran", by);
    await assertDenied("KKN-E202", () => guard.authorize("charge", call({ amount: 101 })));
  }
  const without = { ...options, certificate: join(at, "pki", "sub-ca.pem") };
  assert.throws(() => new ToolGuard(without), (error) => error.code === "KKN-E102");
});

test("no environment variable chooses the addon", () => {
  const source = `import { CODES } from "@kakunin/sdk"; console.log(CODES.length > 0);`;
  assert.equal(run(source, { NAPI_RS_NATIVE_LIBRARY_PATH: "/nowhere.node", NAPI_RS_FORCE_WASI: "1" }).stdout, "true\n");
  assert.doesNotMatch(readFileSync(new URL("../native.cjs", import.meta.url), "utf8"), /\benv\b/);
});

test("a panic crosses no synchronous function of the addon", () => {
  const folderOfSources = new URL("../src/", import.meta.url);
  let functions = 0;
  for (const name of readdirSync(folderOfSources)) {
    for (const [, attribute] of readFileSync(new URL(name, folderOfSources), "utf8").matchAll(/#\[napi(.*)\]\n\s*pub fn /g)) {
      assert.match(attribute, /catch_unwind/, name);
      functions += 1;
    }
  }
  assert.ok(functions >= 20, `${functions} functions`);
});
