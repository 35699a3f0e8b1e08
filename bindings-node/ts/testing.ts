/**
 * Guards for tests: a throw-away authority in memory and a clock that the test moves. Refused where `KAKUNIN_ENV=production`.
 *
 * @packageDocumentation
 */
import native, { type NativeClock } from "../native.cjs";
import type { Code } from "./codes.js";
import { Denied, opened, settle } from "./denied.js";
import { Adopted, adopt, type ToolGuard } from "./guard.js";
import { type GuardOptions, guardOptions } from "./options.js";
import { authored } from "./scope.js";
import { adoptVerifier, type Verifier } from "./verifier.js";

const OPTIONS = ["record", "recordValues", "mode", "bound", "region", "audience", "onApproval"] as const;

/** Options of a guard that a test may set. */
export type TestingOptions = Partial<Pick<GuardOptions, (typeof OPTIONS)[number]>> & {
  /** How many levels the guard may be narrowed. */
  delegate?: number;
};

/** A clock that stands until it is advanced. */
export interface TestClock {
  /** Moves forward by `1h`, `90s`, `250ms` or `2d`. */
  advance(by: string): void;
  /** The time. */
  readonly now: Date;
}

const made = new WeakMap<ToolGuard, { readonly verifier: Verifier; readonly clock: NativeClock }>();

/**
 * A guard for `scope`, as TOML text or as an object in the authoring form.
 *
 * @throws Denied KKN-E107 where the scope is refused.
 */
export function guard(scope: string | object, options: TestingOptions = {}): ToolGuard {
  const { delegate, ...others } = options;
  if (delegate !== undefined && typeof delegate !== "number") throw new TypeError("`delegate` is a number");
  const answer = native.testingGuard(...authored(scope), guardOptions(others, OPTIONS), delegate);
  const result = adopt(new Adopted(opened(answer.refused, answer.guard), true, [], [{}], options.onApproval));
  made.set(result, { verifier: adoptVerifier(opened(undefined, answer.verifier)), clock: opened(undefined, answer.clock) });
  return result;
}

/** A verifier for the audience `test`, under the authority and clock of a guard made here. */
export function verifier(of: ToolGuard): Verifier {
  return parts(of).verifier;
}

/** The clock of a guard made here. */
export function clock(of: ToolGuard): TestClock {
  const { clock } = parts(of);
  return {
    advance: (by) => settle(clock.advance(by)),
    get now() {
      return new Date(clock.now);
    },
  };
}

/**
 * Runs `fn`, which must be denied with `code`, and gives the denial.
 *
 * @throws Error where nothing was denied, or another code came.
 */
export async function assertDenied(code: Code, fn: () => unknown): Promise<Denied> {
  let result: unknown;
  try {
    result = await fn();
  } catch (error) {
    if (!Denied.isInstance(error)) throw error;
    if (error.code !== code) throw new Error(`expected ${code}, was denied with ${error.code}: ${error.reason}`);
    return error;
  }
  throw new Error(`expected ${code}, but the call was allowed and returned ${String(result)}`);
}

function parts(of: ToolGuard): { readonly verifier: Verifier; readonly clock: NativeClock } {
  const found = made.get(of);
  if (found === undefined) throw new TypeError("this guard was not made by testing.guard()");
  return found;
}
