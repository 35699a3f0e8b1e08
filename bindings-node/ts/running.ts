import { AsyncLocalStorage } from "node:async_hooks";

import type { NativeGuard } from "../native.cjs";

/** A call that was allowed and runs. */
export interface Running {
  /** The families of the guard that judged it, as a {@link Judge} has them. */
  readonly families: readonly object[];
  /** The guard that judged it. */
  readonly native: NativeGuard;
  readonly action: string;
  /** The judged arguments. */
  readonly text: string;
}

const storage = new AsyncLocalStorage<Running>();

/** Runs one step of a call as that call. */
export function inside<R>(running: Running, step: () => R): R {
  return storage.run(running, step);
}

/** The innermost guarded call that runs here. */
export function running(): Running | undefined {
  return storage.getStore();
}
