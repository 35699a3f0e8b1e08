import { AsyncLocalStorage } from "node:async_hooks";

import native, { type NativeGuard } from "../native.cjs";
import { settle } from "./denied.js";

/** Who judges the tools of a guard. */
export interface Judge {
  readonly native: NativeGuard;
  /** The identities of the guards whose tools it judges inside its reach: those that it came from, and last its own. */
  readonly lineage: readonly object[];
  /** One for each certificate: of the guard that was opened, and of each that was narrowed from it, down to its own. */
  readonly families: readonly object[];
}

/** What is judged differently here: by the identity of each guard, who judges its tools. */
type Bindings = ReadonlyMap<object, Judge>;

const storage = new AsyncLocalStorage<Bindings>();
let inUse = false;

/**
 * Runs `fn` with `judge` judging the tools of the guards in its lineage, in what `fn` starts too.
 *
 * @throws Denied KKN-E504 where a narrowed guard judges, and `judge` is neither that one nor came from it.
 */
export function runBound<R>(judge: Judge, fn: () => R): R {
  inUse = true;
  const bindings = new Map(storage.getStore());
  for (const guard of judge.lineage) {
    const inside = bindings.get(guard);
    if (inside !== undefined && !isFrom(judge.families, inside.families)) settle(native.boundElsewhere());
    bindings.set(guard, judge);
  }
  return storage.run(bindings, fn);
}

/** Who judges the tools of `guard` here, if it is not itself. */
export function bound(guard: object): Judge | undefined {
  // Nobody pays for what nobody uses.
  return inUse ? storage.getStore()?.get(guard) : undefined;
}

/** Whether a guard of the families `families` is the one of `others`, or was narrowed from it. */
export function isFrom(families: readonly object[], others: readonly object[]): boolean {
  const own = others.at(-1);
  return own !== undefined && families.includes(own);
}
