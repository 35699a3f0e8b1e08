import type { Code } from "./codes.js";

/** The facts behind a denial, for the operator. Only those that apply are present. */
export interface Details {
  /** The check that refused, a stable kebab-case name. */
  readonly rule: string;
  /** The field of a certificate, token, file or option that was at fault. */
  readonly field?: string;
  /** The action asked for. */
  readonly action?: string;
  /** The parameter's path. */
  readonly parameter?: string;
  /** What came. */
  readonly requested?: string;
  /** What would have been accepted. */
  readonly expected?: string;
  /** The limit that was hit. */
  readonly limit?: string;
  /** What is left of it. */
  readonly left?: string;
  /** When enough of it is free again, in Unix milliseconds. */
  readonly frees_at?: number;
  /** The certificate at fault, counted from the leaf (0) upward. */
  readonly depth?: number;
  /** The time that was compared, in Unix seconds. */
  readonly time?: number;
  /** The bound that it was compared with, in Unix seconds. */
  readonly bound?: number;
}

/** What a person is to be asked: whether this call may be made. As JSON it is what `kakunin approve` reads; it holds the arguments. */
export interface ApprovalRequest {
  readonly action: string;
  readonly params: object;
  /** The agent's id. */
  readonly agent: string;
  /** The hash of the key that issued its certificate. */
  readonly issuer: string;
  /** Who acts. */
  readonly aud?: string;
  readonly session?: string;
  /** What an approval is signed over, besides `aud` and `session`. */
  readonly digest: string;
  /** How many of which approvers, as the scopes name them. */
  readonly needs: readonly { readonly need: number; readonly of: readonly string[] }[];
  /** When the agent's certificates expire, in Unix seconds. */
  readonly expires?: number;
}

/** What the addon answers, parsed. */
export interface Answer {
  readonly allowed: boolean;
  readonly code?: Code;
  readonly name?: string;
  readonly reason?: string;
  readonly details?: Details;
  readonly reference?: string;
  readonly message?: string;
  readonly approval?: ApprovalRequest;
}

const MARK = Symbol.for("kakunin.Denied");

/**
 * A refusal. `message` is the opaque sentence, safe for a model; `code`, `reason` and `details` are for the operator.
 *
 * Two copies of this package may be loaded: ask `Denied.isInstance(error)`, not `instanceof`.
 */
export class Denied extends Error {
  override readonly name = "Denied";
  /** `KKN-E202` and so on. */
  readonly code: Code;
  /** The operator's sentence: what came, what the certificate allows. */
  declare readonly reason: string;
  /** The facts behind it. */
  declare readonly details: Details;
  /** Finds the denial in the record: `kakunin explain REFERENCE`. Absent where nothing was decided (a configuration that is refused). */
  readonly reference: string | undefined;
  /** What a person is to be asked, where approvals are wanting (KKN-E212, KKN-E213); never show it to a model. */
  declare readonly approval: ApprovalRequest | undefined;

  /** @internal */
  constructor(answer: Answer) {
    super(answer.message ?? "denied");
    this.code = answer.code ?? "KKN-E504";
    this.reference = answer.reference;
    // Not enumerable: a framework that serialises an error must not show the policy to the model.
    Object.defineProperty(this, "reason", { value: answer.reason ?? "" });
    Object.defineProperty(this, "details", { value: Object.freeze(answer.details ?? { rule: "unknown" }) });
    Object.defineProperty(this, "approval", { value: answer.approval });
    Object.defineProperty(this, MARK, { value: true });
  }

  /** Whether `error` is a denial, whichever copy of this package made it. */
  static isInstance(error: unknown): error is Denied {
    return typeof error === "object" && error !== null && (error as Record<symbol, unknown>)[MARK] === true;
  }

  /** The opaque sentence. */
  override toString(): string {
    return this.message;
  }
}

/** A decision. Its fields say what was decided; the call that throws (`authorize`) is the normal way in. */
export interface Decision {
  /** Whether the tool may run (in observe mode also where `code` is set). */
  readonly allowed: boolean;
  /** The code of the denial. */
  readonly code?: Code;
  /** The operator's sentence. */
  readonly reason?: string;
  /** The facts behind it. */
  readonly details?: Details;
  /** The record's reference: always there on denials, on allowed calls where a record is kept. */
  readonly reference?: string;
  /** What a person is to be asked, where approvals are wanting. */
  readonly approval?: ApprovalRequest;
}

/** The decision in an answer, frozen. */
export function decision(answer: Answer): Decision {
  const { allowed, code, reason, details, reference, approval } = answer;
  return Object.freeze({
    allowed,
    ...(code === undefined ? {} : { code, reason: reason ?? "", details: Object.freeze(details ?? { rule: "unknown" }) }),
    ...(reference === undefined ? {} : { reference }),
    ...(approval === undefined ? {} : { approval }),
  });
}

/**
 * What the addon opened.
 *
 * @throws Denied where it refused.
 */
export function opened<T>(refused: string | null | undefined, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Denied(JSON.parse(refused ?? "{}") as Answer);
  return value;
}

/**
 * Lets pass what was done.
 *
 * @throws Denied where the addon refused.
 */
export function settle(refused: string | null | undefined): void {
  if (refused !== null && refused !== undefined) throw new Denied(JSON.parse(refused) as Answer);
}
