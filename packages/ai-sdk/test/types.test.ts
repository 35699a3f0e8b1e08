// Compiled, not run: what the types promise.
import { createKakuninTools, guardTools } from "@kakunin/ai-sdk";
import * as testing from "@kakunin/sdk/testing";
import { tool } from "ai";
import { z } from "zod";

const guard = testing.guard({ grant: [] });
const tools = { charge: tool({ inputSchema: z.object({ amount: z.number() }), execute: async ({ amount }) => `charged ${amount}` }) };
const guarded: typeof tools = guardTools(guard, tools, { actions: { charge: "payments.charge" } });
// @ts-expect-error there is no such tool
guardTools(guard, tools, { actions: { chrage: "payments.charge" } });
// @ts-expect-error options are checked by name
guardTools(guard, tools, { action: { charge: "payments.charge" } });
const same: typeof tools = createKakuninTools({ guard })(tools);

export { guarded, same };
