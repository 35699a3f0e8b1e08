// What the tests share: a payments scope, a tool that notes what ran, quiet reports, and a trial PKI on disk.
import { execFileSync } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const reports = [];
subscribe("kakunin", (message) => reports.push(message));

export const CHARGE = `
[[grant]]
action = "charge"
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
`;

export const call = (over = {}) => ({ amount: 50, currency: "EUR", customer: "cus_1", ...over });

/** A tool and the arguments that it ran with. */
export function recorder() {
  const ran = [];
  return { ran, tool: (args) => (ran.push(args), "done") };
}

/** A new folder. */
export const folder = () => mkdtempSync(join(tmpdir(), "kakunin-"));

const COMMAND = fileURLToPath(new URL("../bin/kakunin.cjs", import.meta.url));

/** Runs the package's command in a folder. */
export const kakunin = (cwd, ...args) => execFileSync(process.execPath, [COMMAND, ...args], { cwd, encoding: "utf8", stdio: "pipe" });

/** A trial PKI with one agent: keys of its own, so that the store of this process knows nothing of it. */
export function trial(scope = CHARGE, ...issuing) {
  const at = folder();
  kakunin(at, "init");
  writeFileSync(join(at, "scope.toml"), scope);
  kakunin(at, "issue", "bot", "--scope", "scope.toml", ...issuing);
  const pki = (name) => join(at, "pki", name);
  return { at, key: pki("bot.key"), options: { certificate: pki("bot.pem"), trust: pki("root.pem"), record: "none" } };
}
