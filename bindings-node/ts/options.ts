import { isUint8Array } from "node:util/types";

import type { NativeGuardOptions, NativeVerifierOptions } from "../native.cjs";
import type { ApprovalRequest } from "./denied.js";
import { snapshot, Unreadable } from "./snapshot.js";

/** Where certificates come from: a path, PEM text, or bytes (PEM or DER). */
export type Source = string | Uint8Array;

/** Options of a guard. Unknown ones are refused. */
export interface GuardOptions {
  /** The certificate chain, leaf first. `test:FILE.toml` issues a throw-away chain when `KAKUNIN_ENV=test`. */
  certificate: Source;
  /** The trust anchors, never none; left out only for a `test:` certificate. */
  trust?: Source | readonly Source[];
  /** For an agent that a CA certified below another: the parents' paths, nearest first. */
  parents?: readonly Source[];
  /** Who signs intents: `file:agent.key`. Without it the guard decides, and signs nothing. */
  signer?: string;
  /** Where limits are counted: `memory:`. */
  state?: string;
  /** A folder of revocation lists, OCSP responses and orders, or an authority's URL, looked at again each second or each 10 (or as `?every=5s` says), or `none`. */
  revocation?: string;
  /** The folder in which it is kept how far orders and lists are known, for a restart; `.kakunin/seen`. */
  seen?: string;
  /** Where decisions are written before tools run: `file:PATH`, `file:PATH?write=batch`, `stderr:` or `none`. */
  record?: string;
  /** Which parameters' values a record may hold: `all`, `none`, or their paths. */
  recordValues?: "all" | "none" | readonly string[];
  /** `observe` computes and records, and lets what the scope refuses run. */
  mode?: "enforce" | "observe";
  /** `required` denies calls outside `bind(…).run(…)`. */
  bound?: "optional" | "required";
  /** The region that this guard runs in. */
  region?: string;
  /** The running model configuration, or the path of a weights file, which the certificate's hash is compared with. */
  model?: object | string;
  /** Who acts. */
  audience?: string;
  /**
   * Called where a call wants approvals (KKN-E212); with those that it returns, as `kakunin approve` prints them, the call is judged once
   * more. A promise is waited for by async tools, `check`, `authorize` and `sign`.
   */
  onApproval?: OnApproval;
}

/** Approvals as `kakunin approve` prints them, one or several, or none. */
export type Approvals = string | readonly string[] | null | undefined;

/** Asks people; see {@link GuardOptions.onApproval}. */
export type OnApproval = (request: ApprovalRequest) => Approvals | Promise<Approvals>;

/** Options of a verifier. Unknown ones are refused. */
export interface VerifierOptions {
  /** The trust anchors, never none. */
  trust: Source | readonly Source[];
  /** The name of this service, as intents give it in `aud`. */
  audience: string;
  /** Where nonces and limits live: `memory:`. */
  state?: string;
  /** A folder of revocation lists, OCSP responses and orders, or an authority's URL, looked at again each second or each 10 (or as `?every=5s` says), or `none`. */
  revocation?: string;
  /** The folder in which it is kept how far orders and lists are known, for a restart; `.kakunin/seen`. */
  seen?: string;
  /** Where decisions are written: `file:PATH`, `file:PATH?write=batch`, `stderr:` or `none`. */
  record?: string;
  /** Which parameters' values a record may hold: `all`, `none`, or their paths. */
  recordValues?: "all" | "none" | readonly string[];
  /** The region that this service runs in. */
  region?: string;
  /** Certificate paths that intents may refer to by their leaf's hash, parents' paths among them. */
  paths?: readonly Source[];
}

type Kind = "function" | "model" | "source" | "sources" | "text" | "values";

const GUARD: Readonly<Record<keyof GuardOptions, Kind>> = {
  certificate: "source",
  trust: "sources",
  parents: "sources",
  signer: "text",
  state: "text",
  revocation: "text",
  seen: "text",
  record: "text",
  recordValues: "values",
  mode: "text",
  bound: "text",
  region: "text",
  model: "model",
  audience: "text",
  onApproval: "function",
};
const VERIFIER: Readonly<Record<keyof VerifierOptions, Kind>> = {
  trust: "sources",
  audience: "text",
  state: "text",
  revocation: "text",
  seen: "text",
  record: "text",
  recordValues: "values",
  region: "text",
  paths: "sources",
};

/** The options of a guard as the addon takes them; `known` says which may be given. */
export function guardOptions(options: Partial<GuardOptions>, known = Object.keys(GUARD) as readonly (keyof GuardOptions)[]): NativeGuardOptions {
  return converted(options, GUARD, known) as NativeGuardOptions;
}

/** The options of a verifier as the addon takes them. */
export function verifierOptions(options: VerifierOptions): NativeVerifierOptions {
  return converted(options, VERIFIER, Object.keys(VERIFIER)) as NativeVerifierOptions;
}

/** Refuses what is not an option: a name mistyped is a check not made. */
export function onlyOptions(options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw new TypeError("options are an object");
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw new TypeError(`unknown option \`${key}\`; known are ${known.join(", ")}`);
  }
}

function converted(options: object, kinds: Readonly<Record<string, Kind>>, known: readonly string[]): Record<string, unknown> {
  onlyOptions(options, known);
  const native: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    switch (kinds[name]) {
      case "function":
        // It stays here: the addon calls nothing.
        if (typeof value !== "function") throw new TypeError(`option \`${name}\` is a function, not ${typeof value}`);
        break;
      case "source":
        native[name] = source(name, value);
        break;
      case "sources":
        native[name] = (Array.isArray(value) ? value : [value]).map((item) => source(name, item));
        break;
      case "values":
        native[name] = Array.isArray(value) ? value.map((item) => text(name, item)) : text(name, value);
        break;
      case "model":
        Object.assign(native, modelOption(value));
        break;
      default:
        native[name] = text(name, value);
    }
  }
  return native;
}

/** A model as the addon takes it: a configuration as JSON text, or the path of a file of weights. */
export function modelOption(value: unknown): { model?: string; modelFile?: string } {
  return typeof value === "string" ? { modelFile: value } : { model: configuration(value) };
}

function text(name: string, value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`option \`${name}\` is text, not ${typeof value}`);
  return value;
}

function source(name: string, value: unknown): Source {
  if (isUint8Array(value)) return value;
  if (typeof value !== "string") throw new TypeError(`option \`${name}\` is a path, PEM text or bytes, not ${typeof value}`);
  return value;
}

function configuration(value: unknown): string {
  try {
    return snapshot(value).text;
  } catch (error) {
    if (error instanceof Unreadable) throw new TypeError(`option \`model\` is not JSON: ${error.rule} ${error.parameter ?? ""}`);
    throw error;
  }
}
