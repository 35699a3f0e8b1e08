/**
 * Guards the tools of the Vercel AI SDK: a call outside the agent's scope becomes an ordinary tool error and the loop goes on.
 *
 * @packageDocumentation
 */
import type { ToolGuard } from "@kakunin/sdk";
import type { Tool, ToolSet } from "ai";

/** How tools are guarded. */
export interface GuardToolsOptions<T extends ToolSet> {
  /** The action of each tool whose name is not its action. */
  actions?: { readonly [K in keyof T]?: string };
}

/**
 * The same tools, each judged before it runs. The input that is judged is the one that the tool gets: after its schema.
 *
 * A tool without `execute` (one that the client or the provider runs) never passes through a guard, so it is refused here.
 *
 * @throws TypeError for such a tool, for a name in `actions` that is no tool, and for an unknown option.
 */
export function guardTools<T extends ToolSet>(guard: ToolGuard, tools: T, options: GuardToolsOptions<T> = {}): T {
  onlyOptions(options, "actions");
  const actions: { readonly [name: string]: string | undefined } = options.actions ?? {};
  for (const name of Object.keys(actions)) {
    if (!Object.hasOwn(tools, name)) throw new TypeError(`guardTools: \`actions\` names \`${name}\`, which is no tool`);
  }
  const guarded = Object.entries(tools).map(([name, tool]) => {
    const action = (Object.hasOwn(actions, name) ? actions[name] : undefined) ?? name;
    return [name, guardTool(guard, name, tool as Tool, action)] as const;
  });
  return Object.fromEntries(guarded) as T;
}

function guardTool(guard: ToolGuard, name: string, tool: Tool, action: string): Tool {
  const { execute } = tool;
  if (typeof execute !== "function") {
    throw new TypeError(`guardTools: \`${name}\` has no execute function; a tool that runs elsewhere cannot be guarded here`);
  }
  return { ...tool, execute: guard.wrap(action, execute) };
}

/**
 * A function that guards tool sets with one guard: `const guarded = createKakuninTools({ guard })`, then `tools: guarded({ charge })`.
 */
export function createKakuninTools(settings: { guard: ToolGuard }): <T extends ToolSet>(tools: T, options?: GuardToolsOptions<T>) => T {
  onlyOptions(settings, "guard");
  return (tools, options) => guardTools(settings.guard, tools, options);
}

/** A name mistyped is a mapping not made. */
function onlyOptions(options: object, known: string): void {
  const unknown = Object.keys(options).find((name) => name !== known);
  if (unknown !== undefined) throw new TypeError(`unknown option \`${unknown}\`; known is ${known}`);
}
