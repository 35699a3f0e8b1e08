// Compiled, not run: what the types promise.
import { Denied, ToolGuard, Verifier, type Code } from "@kakunin/sdk";
import * as testing from "@kakunin/sdk/testing";

const guard: ToolGuard = testing.guard({ grant: [] });
const charge = guard.wrap("charge", async (p: { amount: number }) => `charged ${p.amount}`);
const text: Promise<string> = charge({ amount: 1 });
// @ts-expect-error the wrapped function keeps its parameter's type
void charge({ amount: "1" });
// @ts-expect-error options are checked by name
void new ToolGuard({ certificate: "a", trust: "b", mod: "observe" });
// @ts-expect-error an audience is required
void new Verifier({ trust: "b" });
const code: Code = "KKN-E202";
// @ts-expect-error there is no such code
const none: Code = "KKN-E999";
export function read(error: unknown): string | undefined {
  return Denied.isInstance(error) ? error.details.parameter : undefined;
}
export { code, none, text };
