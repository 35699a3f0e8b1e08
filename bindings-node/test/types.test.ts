// Compiled, not run: what the types promise.
import { type Code, Denied, type Methods, ToolGuard, type VerifiedIntent, Verifier } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

const guard: ToolGuard = testing.guard({ grant: [] });
const charge = guard.wrap("charge", async (p: { amount: number }, note?: string) => `charged ${p.amount} ${note ?? ""}`);
const text: Promise<string> = charge({ amount: 1 }, "note");
// @ts-expect-error the wrapped function keeps its parameters' types
void charge({ amount: "1" });
const steps: Generator<number, string, boolean> = guard.wrap("steps", function* (_: object): Generator<number, string, boolean> {
  return (yield 1) ? "a" : "b";
})({});
const identity = guard.wrap("identity", <T extends object>(value: T): T => value);
const kept: { readonly a: 1 } = identity({ a: 1 } as const);

// @ts-expect-error options are checked by name
void new ToolGuard({ certificate: "a", trust: "b", mod: "observe" });
void new ToolGuard({ certificate: new Uint8Array(), trust: ["a", new Uint8Array()], recordValues: ["amount"] });
// @ts-expect-error an audience is required
void new Verifier({ trust: "b" });
// @ts-expect-error a scope is text or an object
testing.guard(5);

class Bank {
  balance = 1;
  charge(p: { amount: number }): number {
    return this.balance + p.amount;
  }
}
const bank: Methods<Bank> = guard.wrapMethods(new Bank(), { charge: "charge" });
const sum: number = bank.charge({ amount: 1 });
const made: Methods<Bank> = new (guard.wrapMethods(Bank, { charge: "charge" }))();
// @ts-expect-error fields are not there
void bank.balance;
// @ts-expect-error there is no such method
guard.wrapMethods(new Bank(), { chrage: "charge" });

const token: Promise<string> = guard.sign("charge", { amount: 1 }, { audience: "svc" });
const running: Promise<string> = guard.sign({ audience: "svc" });
// @ts-expect-error an action needs its arguments
void guard.sign("charge", { audience: "svc" });
const bound: Promise<string> = guard.bind({ session: "s" }).run(() => text);

export function parameter(error: unknown): string | undefined {
  return Denied.isInstance(error) ? error.details.parameter : undefined;
}
export function amount(intent: VerifiedIntent): unknown {
  // @ts-expect-error what was signed is read, not changed
  intent.params["amount"] = 1;
  return intent.params["amount"];
}
const code: Code = "KKN-E202";
// @ts-expect-error there is no such code
const none: Code = "KKN-E999";
// @ts-expect-error a decision is asked for what it says
export const verdict: boolean = guard.checkSync("charge", {});

export { bound, code, kept, made, none, running, steps, sum, text, token };
