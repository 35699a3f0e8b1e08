import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Denied, ToolGuard, Verifier } from "@kakunin/sdk";
import { guard as testing } from "@kakunin/sdk/testing";

const SCOPE = `
approvers = [{ name = "finance", role = "finance" }]
[[grant]]
action = "pay"
approval = { of = ["finance"], need = 2, unless = { amount = { max = 100 } } }
params.amount = { max = 9000 }
`;

const folder = mkdtempSync(join(tmpdir(), "kakunin-approvals-"));
const command = fileURLToPath(new URL("../bin/kakunin.cjs", import.meta.url));

function kakunin(...args) {
  const done = spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8", env: { PATH: process.env.PATH } });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
}

writeFileSync(join(folder, "payer.toml"), SCOPE);
kakunin("init");
kakunin("issue", "--approver", "finance:alice");
kakunin("issue", "--approver", "finance:bob");
kakunin("issue", "payer", "--scope", "payer.toml");

function approve(request, people = ["alice", "bob"]) {
  writeFileSync(join(folder, "request.json"), JSON.stringify(request));
  return people.map((person) => kakunin("approve", "request.json", "--yes", "--certificate", `pki/${person}.pem`));
}

function open(options = {}) {
  const pki = join(folder, "pki");
  return new ToolGuard({ certificate: join(pki, "payer.pem"), trust: join(pki, "root.pem"), signer: `file:${join(pki, "payer.key")}`, record: "none", ...options });
}

async function refused(fn) {
  try {
    await fn();
  } catch (error) {
    assert.ok(Denied.isInstance(error), String(error));
    return error;
  }
  assert.fail("it was allowed");
}

test("a call is asked for, approved and made once", async () => {
  const guard = open({ audience: "payer" });
  const ran = [];
  const pay = guard.wrap("pay", async ({ amount }) => ran.push(amount));
  await pay({ amount: 100 });
  const denied = await refused(() => pay({ amount: 5000 }));
  assert.equal(denied.code, "KKN-E212");
  assert.equal(JSON.stringify(denied).includes("5000"), false);
  assert.deepEqual([denied.approval.action, denied.approval.params, denied.approval.aud], ["pay", { amount: 5000 }, "payer"]);
  assert.deepEqual(denied.approval.needs, [{ need: 2, of: ["finance"] }]);
  assert.deepEqual(guard.checkSync("pay", { amount: 5000 }).approval, denied.approval);
  const approvals = approve(denied.approval);
  assert.equal((await refused(() => guard.bind({ approvals: approvals.slice(0, 1) }).run(() => pay({ amount: 5000 })))).code, "KKN-E212");
  await guard.bind({ approvals }).run(async () => {
    assert.equal((await refused(() => pay({ amount: 5001 }))).details.rule, "approval-digest");
    await pay({ amount: 5000 });
    const again = await refused(() => pay({ amount: 5000 }));
    assert.deepEqual([again.code, again.details.rule], ["KKN-E213", "approval-used"]);
  });
  assert.deepEqual(ran, [100, 5000]);
  assert.throws(() => guard.bind({ approvals: approvals[0] }), TypeError);
  assert.equal((await refused(() => guard.bind({ approvals: Array(17).fill("x") }))).code, "KKN-E504");
});

test("a callback is asked once, a promise is waited for, and the same copy is judged again", async () => {
  const asked = [];
  const args = { amount: 0 };
  const guard = open({
    onApproval: async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      asked.push(request.params.amount);
      args.amount = 8000;
      return approve(request);
    },
  });
  const pay = guard.wrap("pay", async ({ amount }) => amount);
  args.amount = 4000;
  assert.equal(await pay(args), 4000);
  args.amount = 4001;
  assert.deepEqual(await guard.authorize("pay", args), { amount: 4001 });
  assert.equal((await guard.check("pay", { amount: 4002 })).allowed, true);
  const steps = guard.wrap("pay", async function* ({ amount }) {
    yield amount;
  });
  for await (const step of steps({ amount: 4003 })) assert.equal(step, 4003);
  assert.equal((await guard.bind({ session: "s" }).check("pay", { amount: 4004 })).allowed, true);
  assert.equal(typeof (await guard.sign("pay", { amount: 4005 }, { audience: "far" })), "string");
  assert.deepEqual(asked, [4000, 4001, 4002, 4003, 4004, 4005]);
  assert.throws(() => guard.authorizeSync("pay", { amount: 4006 }), /promise/);
  assert.throws(() => guard.wrap("pay", ({ amount }) => amount)({ amount: 4007 }), /promise/);
});

test("a synchronous callback serves synchronous tools", async () => {
  const guard = open({ onApproval: (request) => approve(request) });
  assert.equal(guard.wrap("pay", ({ amount }) => amount)({ amount: 3000 }), 3000);
  assert.deepEqual(guard.authorizeSync("pay", { amount: 3001 }), { amount: 3001 });
  assert.equal(guard.checkSync("pay", { amount: 3002 }).allowed, true);
});

test("without a good answer the tool does not run", async () => {
  for (const [answer, code] of [[undefined, "KKN-E212"], [null, "KKN-E212"], [[], "KKN-E212"], ["x", "KKN-E213"], [["x"], "KKN-E213"]]) {
    const guard = open({ onApproval: () => answer });
    assert.equal((await refused(() => guard.authorize("pay", { amount: 6000 }))).code, code);
  }
  const guard = open({
    onApproval: () => {
      throw new RangeError("nobody answered");
    },
  });
  await assert.rejects(guard.authorize("pay", { amount: 6000 }), RangeError);
  assert.throws(() => open({ onApproval: "ask" }), TypeError);
});

test("an intent carries its approvals to the far side", async () => {
  const guard = open();
  const verifier = new Verifier({ trust: join(folder, "pki", "root.pem"), audience: "far", record: "none" });
  const { approval } = await refused(() => guard.sign("pay", { amount: 2000 }, { audience: "far" }));
  assert.equal(approval.aud, "far");
  const bound = guard.bind({ approvals: approve(approval) });
  const intent = await verifier.verify(await bound.sign("pay", { amount: 2000 }, { audience: "far" }));
  assert.deepEqual(intent.params, { amount: 2000 });
  const again = await bound.sign("pay", { amount: 2000 }, { audience: "far" });
  assert.equal((await refused(() => verifier.verify(again))).details.rule, "approval-used");
  const bare = kakunin("sign", "pay", '{"amount":2000}', "--certificate", "pki/payer.pem", "--audience", "far");
  const wanting = await refused(() => verifier.verify(bare));
  assert.deepEqual([wanting.code, wanting.approval], ["KKN-E212", approval]);
});

test("guards for tests ask too", async () => {
  const asked = [];
  const guard = testing(SCOPE, { onApproval: (request) => void asked.push(request) });
  assert.equal((await refused(() => guard.authorize("pay", { amount: 101 }))).code, "KKN-E212");
  assert.equal(typeof asked[0].digest, "string");
});
