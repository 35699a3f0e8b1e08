/** Runs the conformance vectors: for this project's own tests, in no published file. */
import native, { type NativeUnreadable } from "../native.cjs";
import { read } from "./guard.js";

type Vector = (caseText: string, texts: readonly string[], faults: readonly (NativeUnreadable | undefined)[]) => string;

/** The outcome of a case; `values` go through this package's own conversion, in place of the texts in the case. */
export function vector(testCase: object, values: readonly unknown[]): unknown {
  const { vector } = native as unknown as { readonly vector: Vector };
  const given = values.map(read);
  return JSON.parse(vector(JSON.stringify(testCase), given.map((one) => one.text), given.map((one) => one.fault)));
}
