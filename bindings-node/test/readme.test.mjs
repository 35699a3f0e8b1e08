import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import typescript from "typescript";

import { folder, kakunin } from "./support.mjs";

test("the README runs", () => {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const block = (language) => page.match(new RegExp("^```" + language + "\\n([^]*?)^```$", "m"))[1];
  const at = folder();
  writeFileSync(join(at, "payments.toml"), block("toml"));
  for (const line of block("sh").split("\n").filter((line) => line.startsWith("npx kakunin"))) {
    kakunin(at, ...line.replace(/#.*/, "").trim().split(/\s+/).slice(2));
  }
  symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(at, "node_modules"));
  writeFileSync(join(at, "run.mjs"), typescript.transpileModule(block("ts"), { compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 } }).outputText);
  const output = execFileSync(process.execPath, ["run.mjs"], { cwd: at, encoding: "utf8", stdio: "pipe" });
  assert.match(output, /^charged 50 EUR\ndenied: KKN-E202 \(ref [0-9a-f]{16}\)\n`amount` is 47000/);
  assert.match(kakunin(at, "record", "verify"), /./);
});
