import { AsyncLocalStorage } from "node:async_hooks";

import type { NativeGuard } from "../native.cjs";

/** What is judged differently here: by the identity of each guard, the native guard that judges its tools. */
type Bindings = ReadonlyMap<object, NativeGuard>;

const storage = new AsyncLocalStorage<Bindings>();
let inUse = false;

/** Runs `fn` with `native` judging the tools of the guards in `lineage`, in what `fn` starts too. */
export function runBound<R>(lineage: readonly object[], native: NativeGuard, fn: () => R): R {
  inUse = true;
  const bindings = new Map(storage.getStore());
  for (const guard of lineage) bindings.set(guard, native);
  return storage.run(bindings, fn);
}

/** The native guard that judges the tools of `guard` here, if it is not its own. */
export function bound(guard: object): NativeGuard | undefined {
  // Nobody pays for what nobody uses.
  return inUse ? storage.getStore()?.get(guard) : undefined;
}
