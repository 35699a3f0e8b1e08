/**
 * Decides whether an agent's action is allowed, before it happens.
 *
 * @packageDocumentation
 */
export { CODES, type Code } from "./codes.js";
export { type ApprovalRequest, type Decision, Denied, type Details } from "./denied.js";
export { type Binding, BoundGuard, type Narrowing, type SignOptions, ToolGuard } from "./guard.js";
export type { Class, GuardedClass, Methods } from "./methods.js";
export { computeModelHash } from "./model.js";
export type { Approvals, GuardOptions, OnApproval, Source, VerifierOptions } from "./options.js";
export type { Report } from "./report.js";
export { type IntentRequest, type VerifiedIntent, Verifier } from "./verifier.js";
export type { AnyFunction } from "./wrap.js";
