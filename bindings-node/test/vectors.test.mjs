// The vectors that Rust, Python and Node share, each through this package's own conversion where JavaScript can say the same values.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { vector } from "../dist/vectors.mjs";

const folder = new URL("../../kakunin-core/tests/vectors/", import.meta.url);
const valuesOf = (testCase) => {
  if (testCase.kind === "value") return testCase.native ? [JSON.parse(testCase.text)] : [];
  return testCase.kind === "decision" ? testCase.steps.map((step) => JSON.parse(step.arguments)) : [];
};
let count = 0;

for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  test(`every case of ${file} comes out as it does in Rust`, () => {
    const { cases } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    assert.ok(cases.length > 0);
    for (const testCase of cases) {
      assert.deepEqual(vector(testCase, valuesOf(testCase)), testCase.expect, testCase.name);
      count += 1;
    }
  });
}

test("no file is left out", () => assert.ok(count >= 150, `${count} cases`));

test("the outcome depends on the arguments that were converted here", () => {
  const outcome = vector({ kind: "value", name: "x", text: "{}" }, [{ b: 1, a: -0 }]);
  assert.deepEqual(outcome, { allowed: true, canonical: '{"a":0,"b":1}' });
  assert.equal(vector({ kind: "value", name: "x", text: "{}" }, [{ a: NaN }]).details.rule, "number-not-finite");
});
