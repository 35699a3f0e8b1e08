import { inside, type Running } from "./running.js";

/** Any function: a parameter type is contravariant, so no narrower type accepts every function. */
export type AnyFunction = (...args: never[]) => unknown;
type Callable = (this: unknown, ...args: unknown[]) => unknown;

/** A call that was let in: the copy that runs, and what is running, where that can be signed. */
export interface Entry {
  readonly copy: unknown;
  readonly running: Running | undefined;
}

/** Judges the first argument. */
export interface Enter {
  /** The entry, there or thrown at. */
  now(value: unknown): Entry;
  /** The same, or a promise of it: for callers that wait. */
  soon(value: unknown): Entry | Promise<Entry>;
}

const kinds = {
  async: Object.getPrototypeOf(async () => {}) as object,
  asyncGenerator: Object.getPrototypeOf(async function* () {}) as object,
  generator: Object.getPrototypeOf(function* () {}) as object,
};

/** Plain functions that return promises or iterators stay what they are, because the wrapper is synchronous. */
function kindOf(fn: object): keyof typeof kinds | "plain" {
  const prototype: unknown = Object.getPrototypeOf(fn);
  for (const kind of ["async", "asyncGenerator", "generator"] as const) {
    if (prototype === kinds[kind]) return kind;
  }
  // Of another realm (a `vm` context): told apart by name.
  switch ((fn as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]) {
    case "AsyncFunction":
      return "async";
    case "AsyncGeneratorFunction":
      return "asyncGenerator";
    case "GeneratorFunction":
      return "generator";
    default:
      return "plain";
  }
}

/** Whether `fn` is a class: it cannot be called, so it cannot be a tool. */
export function isClass(fn: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(fn));
}

/**
 * A function of the kind, name and length of `fn`, which is reachable through nothing of it. `enter` judges the first argument and gives
 * the copy that runs; in generators it is asked at the first step, not at creation.
 */
export function rewrap<F extends AnyFunction>(fn: F, enter: Enter): F {
  const inner = fn as unknown as Callable;
  const wrapped = wrapper(inner, enter);
  Object.defineProperty(wrapped, "name", { value: fn.name, configurable: true });
  Object.defineProperty(wrapped, "length", { value: fn.length, configurable: true });
  return wrapped as unknown as F;
}

// Methods, because these cannot be called with `new`.
function wrapper(fn: Callable, enter: Enter): Callable {
  switch (kindOf(fn)) {
    case "async":
      return {
        async wrapped(this: unknown, first?: unknown, ...rest: unknown[]): Promise<unknown> {
          const entry = enter.soon(first);
          return run(fn, this, entry instanceof Promise ? await entry : entry, rest);
        },
      }.wrapped;
    case "asyncGenerator":
      return {
        async *wrapped(this: unknown, first?: unknown, ...rest: unknown[]): AsyncGenerator {
          const entry = await enter.soon(first);
          return yield* steps(run(fn, this, entry, rest) as AsyncGenerator, entry.running);
        },
      }.wrapped;
    case "generator":
      return {
        *wrapped(this: unknown, first?: unknown, ...rest: unknown[]): Generator {
          const entry = enter.now(first);
          return yield* steps(run(fn, this, entry, rest) as Generator, entry.running);
        },
      }.wrapped;
    case "plain":
      return {
        wrapped(this: unknown, first?: unknown, ...rest: unknown[]): unknown {
          return run(fn, this, enter.now(first), rest);
        },
      }.wrapped;
  }
}

function run(fn: Callable, self: unknown, { copy, running }: Entry, rest: unknown[]): unknown {
  if (running === undefined) return rest.length === 0 ? fn.call(self, copy) : fn.call(self, copy, ...rest);
  return inside(running, () => fn.call(self, copy, ...rest));
}

/** The generator, each of its steps taken as the call that runs. */
function steps<G extends Generator | AsyncGenerator>(generator: G, running: Running | undefined): G {
  if (running === undefined) return generator;
  const stepped = {
    next: (value: unknown) => inside(running, () => generator.next(value)),
    return: (value: unknown) => inside(running, () => generator.return(value)),
    throw: (error: unknown) => inside(running, () => generator.throw(error)),
    [Symbol.iterator]: () => stepped,
    [Symbol.asyncIterator]: () => stepped,
  };
  return stepped as unknown as G;
}
