import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import typescript from "typescript";

const MODEL = `
import { MockLanguageModelV4 } from "ai/test";
const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
const content = [{ type: "tool-call", toolCallId: "1", toolName: "charge", input: '{"amount":47000}' }];
export const model = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) => prompt.at(-1).role === "tool"
    ? { content: [{ type: "text", text: JSON.stringify(prompt.at(-1).content[0].output) }], finishReason: { unified: "stop" }, usage, warnings: [] }
    : { content, finishReason: { unified: "tool-calls" }, usage, warnings: [] },
});
`;

test("the README runs, with a scripted model", () => {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const at = mkdtempSync(join(tmpdir(), "kakunin-"));
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(at, "node_modules"));
  writeFileSync(join(at, "package.json"), '{"type":"module"}');
  writeFileSync(join(at, "model.js"), MODEL);
  const { outputText } = typescript.transpileModule(page.match(/^```ts\n([^]*?)^```$/m)[1], {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  writeFileSync(join(at, "run.js"), outputText);
  const output = execFileSync(process.execPath, ["run.js"], { cwd: at, encoding: "utf8", stdio: "pipe" });
  assert.match(output, /denied: KKN-E202 \(ref [0-9a-f]{16}\)/);
  assert.doesNotMatch(output, /charged|500/);
});
