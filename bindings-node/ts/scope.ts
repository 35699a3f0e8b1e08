/** A scope as the addon takes it: its text, and whether that is TOML or JSON. */
export function authored(scope: string | object): [text: string, format: "toml" | "json"] {
  if (typeof scope === "string") return [scope, "toml"];
  if (typeof scope !== "object" || scope === null) throw new TypeError("a scope is TOML text, or an object of the same shape");
  return [JSON.stringify(scope), "json"];
}
