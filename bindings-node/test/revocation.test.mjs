// Revocations reach running guards and verifiers: from a folder, and from an authority's URL.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Denied, ToolGuard, Verifier } from "@kakunin/sdk";

import { kakunin, reports, trial } from "./support.mjs";

const SCOPE = `[[grant]]\naction = "charge"\nparams.amount = { max = 500 }\n`;
// Where a source is looked at each 100 ms; the machine may be busy.
const SOON = 10_000;

function authority() {
  const { at, options } = trial(SCOPE, "--delegate", "1");
  kakunin(at, "issue", "other", "--scope", "scope.toml");
  const pki = (name) => join(at, "pki", name);
  const guard = (name = "bot", more = {}) =>
    new ToolGuard({
      ...options,
      certificate: pki(`${name}.pem`),
      signer: `file:${pki(`${name}.key`)}`,
      revocation: `${pki("revocation")}?every=100ms`,
      ...more,
    });
  return { at, pki, guard, revoke: (name) => kakunin(at, "revoke", `pki/${name}.pem`) };
}

const code = (guard) => guard.checkSync("charge", { amount: 5 }).code;

async function soon(ask) {
  const until = Date.now() + SOON;
  for (;;) {
    const found = await ask();
    if (found !== undefined || Date.now() > until) return found;
    await sleep(10);
  }
}

/** Serves a folder of lists from a process of its own: opening a guard waits for the authority, and would wait for itself. */
async function served(folder) {
  const index = join(folder, "index.json");
  if (!existsSync(index)) writeFileSync(index, JSON.stringify({ files: ["root.crl", "tenant.crl"] }));
  const source = `
    import { existsSync, readFileSync, statSync } from "node:fs";
    import { createServer } from "node:http";
    import { join } from "node:path";
    const server = createServer((request, response) => {
      const file = join(${JSON.stringify(folder)}, request.url);
      if (!existsSync(file)) return response.writeHead(404).end();
      const modified = statSync(file).mtime.toUTCString();
      if (request.headers["if-modified-since"] === modified) return response.writeHead(304).end();
      response.writeHead(200, { "last-modified": modified }).end(readFileSync(file));
    });
    server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(Number(data))));
  const stop = () => new Promise((resolve) => (child.once("exit", resolve), child.kill()));
  return { port, stop };
}

test("a revocation in the folder stops a running guard and no other", async () => {
  const { guard, revoke } = authority();
  const [bot, other] = [guard(), guard("other")];
  assert.deepEqual([code(bot), code(other)], [undefined, undefined]);
  revoke("bot");
  assert.equal(await soon(() => code(bot)), "KKN-E401");
  assert.equal(code(other), undefined);
  const ran = [];
  const tool = bot.wrap("charge", (args) => ran.push(args));
  assert.throws(() => tool({ amount: 5 }), (error) => Denied.isInstance(error) && error.code === "KKN-E401");
  assert.deepEqual(ran, []);
  assert.throws(() => guard(), (error) => error.code === "KKN-E401");
});

test("a revocation in the folder stops a running verifier", async () => {
  const { pki, guard, revoke } = authority();
  const revocation = `${pki("revocation")}?every=100ms`;
  const verifier = new Verifier({ trust: pki("root.pem"), audience: "pay", revocation, record: "none" });
  const bot = guard("bot", { revocation: "none" });
  const verify = async () => {
    const token = await bot.sign("charge", { amount: 5 }, { audience: "pay" });
    return verifier.verify(token).then(() => undefined, (error) => error.code);
  };
  assert.equal(await verify(), undefined);
  revoke("bot");
  assert.equal(await soon(verify), "KKN-E401");
});

for (const by of ["ca", "parent"]) {
  test(`a revoked parent stops its sub-agents, certified by the ${by}`, async () => {
    const { at, pki, guard, revoke } = authority();
    kakunin(at, "issue", "sub", "--scope", "scope.toml", "--parent", "pki/bot.pem", "--by", by);
    const sub = guard("sub", by === "ca" ? { parents: [pki("bot.pem")] } : {});
    assert.equal(code(sub), undefined);
    revoke("bot");
    assert.equal(await soon(() => code(sub)), "KKN-E401");
  });
}

test("a revocation at the authority's URL stops a running guard, and a server that dies changes nothing", async () => {
  const { pki, guard, revoke } = authority();
  const { port, stop } = await served(pki("revocation"));
  const revocation = `http://127.0.0.1:${port}/?every=100ms`;
  const [bot, other] = [guard("bot", { revocation }), guard("other", { revocation })];
  assert.deepEqual([code(bot), code(other)], [undefined, undefined]);
  revoke("bot");
  assert.equal(await soon(() => code(bot)), "KKN-E401");
  await stop();
  const told = await soon(() => {
    assert.equal(code(other), undefined);
    return reports.find((report) => report.kind === "notice" && /cannot be looked at.*holds until/.test(report.text));
  });
  assert.ok(told !== undefined);
  assert.throws(() => guard("other", { revocation: revocation.replace("100ms", "101ms") }), (error) => error.code === "KKN-E405");
});

test("a halt stops running guards, which confirm it; its reinstatement lifts it; an older log after a restart denies", async () => {
  const { at, pki, guard } = authority();
  const seen = join(at, "seen");
  const [bot, other] = [guard("bot", { seen }), guard("other", { seen })];
  const revocation = `${pki("revocation")}?every=100ms`;
  const verifier = new Verifier({ trust: pki("root.pem"), audience: "pay", revocation, seen, record: "none" });
  const token = await other.sign("charge", { amount: 5 }, { audience: "pay" });
  assert.deepEqual([code(bot), code(other)], [undefined, undefined]);
  const [name] = readdirSync(pki("revocation/orders"));
  const head = pki(`revocation/orders/${name}/head.jwt`);
  const before = readFileSync(head);
  const halted = JSON.parse(kakunin(at, "halt", "--all", "--json"));
  // The command waited until all three had it.
  assert.equal(halted.confirmed, true);
  assert.deepEqual([code(bot), code(other)], ["KKN-E404", "KKN-E404"]);
  await assert.rejects(bot.sign("charge", { amount: 5 }, { audience: "pay" }), { code: "KKN-E404" });
  await assert.rejects(verifier.verify(token), { code: "KKN-E404" });
  kakunin(at, "reinstate", halted.order);
  assert.deepEqual([code(bot), code(other)], [undefined, undefined]);
  kakunin(at, "halt", "--agent", "pki/bot.pem");
  assert.deepEqual([code(bot), code(other)], ["KKN-E402", undefined]);
  await Promise.all([bot.close(), other.close(), verifier.close()]);
  for (const seq of [1, 2, 3]) rmSync(pki(`revocation/orders/${name}/00000000000${seq}.jwt`));
  writeFileSync(head, before);
  assert.throws(() => guard("bot", { seen }), (error) => error.code === "KKN-E405" && error.details.rule === "order-rollback");
});

test("a stale list denies and a fresh one allows again", () => {
  const { at, pki, revoke } = authority();
  kakunin(at, "crl", "--days", "1");
  // The clock of the tests' authority, over the folder on disk.
  const native = createRequire(import.meta.url)("../native.cjs");
  const signer = `file:${pki("bot.key")}`;
  const options = { certificate: pki("bot.pem"), signer, trust: [pki("root.pem")], revocation: pki("revocation") };
  const { guard, clock } = native.testingGuard(SCOPE, "toml", options);
  const code = () => JSON.parse(guard.check("charge", `{"amount":5}`)).code;
  assert.equal(code(), undefined);
  clock.advance("23h");
  assert.equal(code(), undefined);
  clock.advance("2h");
  assert.equal(code(), "KKN-E405");
  kakunin(at, "crl", "--days", "30");
  clock.advance("1s");
  assert.equal(code(), undefined);
  revoke("bot");
  clock.advance("1s");
  assert.equal(code(), "KKN-E401");
});

test("what is no source is refused", () => {
  const { guard, at } = authority();
  for (const [revocation, rule] of [
    ["ldap://ca.example", "unsupported"],
    ["pki/revocation?often=1s", "revocation-every"],
    ["pki/revocation?every=1ms", "revocation-every"],
    [join(at, "nowhere"), "folder"],
  ]) {
    assert.throws(() => guard("bot", { revocation }), (error) => error.details.rule === rule);
  }
});

test("no refresher keeps a process alive", () => {
  const { at, pki } = authority();
  const source = `
    import { ToolGuard } from ${JSON.stringify(import.meta.resolve("@kakunin/sdk"))};
    const guard = new ToolGuard({ certificate: ${JSON.stringify(pki("bot.pem"))}, trust: ${JSON.stringify(pki("root.pem"))}, record: "none" });
    console.log(guard.checkSync("charge", { amount: 5 }).allowed);
  `;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", source], { cwd: at, encoding: "utf8", timeout: 60_000 });
  assert.deepEqual([done.status, done.stdout], [0, "true\n"], done.stderr);
});
