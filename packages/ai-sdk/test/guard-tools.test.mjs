import assert from "node:assert/strict";
import { subscribe } from "node:diagnostics_channel";
import { test } from "node:test";

import { createKakuninTools, guardTools } from "@kakunin/ai-sdk";
import * as testing from "@kakunin/sdk/testing";
import { generateText, isStepCount, simulateReadableStream, streamText, tool, ToolLoopAgent } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { z } from "zod";

subscribe("kakunin", () => {});

const SCOPE = {
  grant: [{ action: "payments.charge", params: { amount: { max: 500, money: "currency" }, currency: "EUR" } }],
};
const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } };
const asks = (...inputs) => ({
  content: inputs.map((input, index) => ({ type: "tool-call", toolCallId: `call-${input.amount}-${index}`, toolName: "charge", input: JSON.stringify(input) })),
  finishReason: { unified: "tool-calls", raw: undefined },
  usage,
  warnings: [],
});
const says = (text) => ({ content: [{ type: "text", text }], finishReason: { unified: "stop", raw: undefined }, usage, warnings: [] });
const good = { amount: 50, currency: "EUR" };
const bad = { amount: 47_000, currency: "EUR" };
const inputSchema = z.object({ amount: z.coerce.number(), currency: z.string() });
const toolMessages = (model) => model.doGenerateCalls.at(-1).prompt.filter((part) => part.role === "tool").flatMap((part) => part.content.map((content) => content.output));

function setUp(execute) {
  const ran = [];
  const tools = { charge: tool({ description: "charge", inputSchema, execute: execute ?? (async (args) => (ran.push(args.amount), { charged: args.amount })) }) };
  return { ran, guarded: guardTools(testing.guard(SCOPE), tools, { actions: { charge: "payments.charge" } }) };
}

test("generateText: the denied call becomes a tool error, the loop goes on", async () => {
  const { ran, guarded } = setUp();
  const model = new MockLanguageModelV4({ doGenerate: [asks(good), asks(bad), says("done")] });
  const result = await generateText({ model, tools: guarded, stopWhen: isStepCount(5), prompt: "refund" });
  assert.deepEqual(ran, [50]);
  assert.equal(result.text, "done");
  const seen = JSON.stringify(toolMessages(model));
  assert.match(seen, /denied: KKN-E202 \(ref [0-9a-f]{16}\)/);
  assert.doesNotMatch(seen, /500/, "the model sees nothing of the policy");
});

test("two calls in one step are judged apart, in a ToolLoopAgent too", async () => {
  const { ran, guarded } = setUp();
  const model = new MockLanguageModelV4({ doGenerate: [asks(good, bad), says("done")] });
  const agent = new ToolLoopAgent({ model, tools: guarded });
  assert.equal((await agent.generate({ prompt: "x" })).text, "done");
  assert.deepEqual(ran, [50]);
});

test("streamText: generator tools keep streaming, denied ones never start", async () => {
  const ran = [];
  const { guarded } = setUp(async function* (args) {
    ran.push(args.amount);
    yield { status: "pending" };
    yield { status: "charged", amount: args.amount };
  });
  const stream = (parts) => ({ stream: simulateReadableStream({ chunks: [{ type: "stream-start", warnings: [] }, ...parts] }) });
  const finish = (unified) => ({ type: "finish", finishReason: { unified, raw: undefined }, usage });
  const model = new MockLanguageModelV4({
    doStream: [good, bad]
      .map((input, index) => stream([{ type: "tool-call", toolCallId: `t${index}`, toolName: "charge", input: JSON.stringify(input) }, finish("tool-calls")]))
      .concat([stream([{ type: "text-start", id: "1" }, { type: "text-delta", id: "1", delta: "done" }, { type: "text-end", id: "1" }, finish("stop")])]),
  });
  const result = streamText({ model, tools: guarded, stopWhen: isStepCount(5), prompt: "x" });
  const seen = [];
  for await (const part of result.stream ?? result.fullStream) {
    if (part.type === "tool-result") seen.push(part.preliminary ? "preliminary" : JSON.stringify(part.output));
    if (part.type === "tool-error") seen.push(String(part.error));
  }
  assert.deepEqual(ran, [50]);
  assert.ok(seen.includes("preliminary"), seen.join());
  assert.match(seen.at(-1), /denied: KKN-E202/);
});

test("what is judged is what the tool gets: the input after its schema", async () => {
  const { ran, guarded } = setUp();
  const model = new MockLanguageModelV4({ doGenerate: [asks({ amount: "100", currency: "EUR" }), says("done")] });
  await generateText({ model, tools: guarded, stopWhen: isStepCount(3), prompt: "x" });
  assert.deepEqual(ran, [100]);
});

test("a narrowed guard judges the whole loop, and each of two loops by its own", async () => {
  const guard = testing.guard(SCOPE, { delegate: 1, bound: "required" });
  const ran = [];
  const tools = { charge: tool({ description: "charge", inputSchema, execute: async (args) => (ran.push(args.amount), { charged: args.amount }) }) };
  const guarded = guardTools(guard, tools, { actions: { charge: "payments.charge" } });
  const loop = async (...amounts) => {
    const model = new MockLanguageModelV4({ doGenerate: [asks(...amounts.map((amount) => ({ amount, currency: "EUR" }))), says("done")] });
    await generateText({ model, tools: guarded, stopWhen: isStepCount(3), prompt: "x" });
    return JSON.stringify(toolMessages(model));
  };
  const upTo = (max) => guard.narrow({ grant: [{ action: "payments.charge", params: { amount: { max, money: "currency" }, currency: "EUR" } }] }, { ttl: "10m" });
  const seen = await Promise.all([upTo(10).run(() => loop(10, 11)), upTo(20).run(() => loop(20, 21))]);
  assert.deepEqual(ran.sort(), [10, 20]);
  for (const told of seen) assert.match(told, /denied: KKN-E202 \(ref [0-9a-f]{16}\)/);
  assert.match(await loop(1), /denied: KKN-E504/, "outside nothing runs: this guard asks for a binding");
  assert.deepEqual(ran, [10, 20]);
});

test("tools that run elsewhere and actions that name no tool are refused", () => {
  const guard = testing.guard(SCOPE);
  assert.throws(() => guardTools(guard, { client: tool({ inputSchema }) }), /`client` has no execute/);
  assert.throws(() => createKakuninTools({ guard })({}, { actions: { nope: "x" } }), /`nope`, which is no tool/);
  assert.throws(() => guardTools(guard, {}, { action: {} }), /unknown option `action`/);
});

test("an execute that is no async function, and one that throws by itself, stay what they are", async () => {
  const ran = [];
  const { guarded } = setUp((args) => {
    ran.push(args.amount);
    return args.amount === 50 ? Promise.resolve("charged") : Promise.reject(new Error("declined"));
  });
  const model = new MockLanguageModelV4({ doGenerate: [asks(good, { ...good, amount: 51 }, bad), says("done")] });
  const result = await generateText({ model, tools: guarded, stopWhen: isStepCount(3), prompt: "x" });
  assert.deepEqual(ran, [50, 51]);
  const texts = toolMessages(model).map((output) => String(output.value));
  assert.match(texts.find((text) => text.includes("declined")), /declined/, "a tool's own error passes through");
  assert.equal(texts.filter((text) => text.includes("denied: KKN-E202")).length, 1);
  assert.equal(result.text, "done");
});

test("one budget for all tools of a guard, over steps and parallel calls", async () => {
  const ran = [];
  const guard = testing.guard({ limits: [{ rate: 2, per: "1h" }], grant: [{ action: "charge", params: { amount: { max: 500 }, currency: "EUR" } }] });
  const tools = guardTools(guard, { charge: tool({ inputSchema, execute: async (args) => (ran.push(args.amount), "charged") }) });
  const model = new MockLanguageModelV4({ doGenerate: [asks(good, good, good), asks(good), says("done")] });
  await generateText({ model, tools, stopWhen: isStepCount(5), prompt: "x" });
  assert.equal(ran.length, 2);
});

test("the raw tool stays out of the guarded set, and everything else of it is kept", () => {
  const raw = tool({ description: "charge", inputSchema, execute: async () => "ran", toModelOutput: () => ({ type: "text", value: "x" }) });
  const { charge } = guardTools(testing.guard(SCOPE), { charge: raw });
  assert.notEqual(charge.execute, raw.execute);
  assert.deepEqual({ ...charge, execute: 0 }, { ...raw, execute: 0 });
});
