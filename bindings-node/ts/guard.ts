import native, { type NativeGuard, type NativeUnreadable, type OpenedGuard } from "../native.cjs";
import { askedFor, type Settled, settleNow, settleSoon } from "./approval.js";
import { bound, isFrom, type Judge, runBound } from "./binding.js";
import { type Answer, type Decision, decision, Denied, opened, settle } from "./denied.js";
import { type Class, type GuardedClass, guardedClass, guardedObject, type Methods } from "./methods.js";
import { type GuardOptions, guardOptions, type OnApproval, onlyOptions, type Source } from "./options.js";
import { reportDenial, reportNotices } from "./report.js";
import { running } from "./running.js";
import { snapshot, type Snapshot, Unreadable } from "./snapshot.js";
import { authored } from "./scope.js";
import { type AnyFunction, type Enter, type Entry, isClass, rewrap } from "./wrap.js";

/** What a binding adds to every call. */
export interface Binding {
  /** The session's name, 1 to 256 characters. */
  session?: string;
  /** The decision chain's name, 1 to 256 characters. */
  chain?: string;
  /** Approvals for calls made inside, as `kakunin approve` prints them, after those bound already: each for one call, used once. */
  approvals?: readonly string[];
}

/** What a narrowed guard is to be. */
export interface Narrowing {
  /** How long from now, 1 s to 24 h: seconds, or `90s`, `10m`, `2h`. It ends earlier where a certificate above does: `expiresAt` tells. */
  ttl: number | string;
  /**
   * The end of its id, 1 to 64 of `A-Z a-z 0-9 _ -`, other than `-`; a random one where left out. It names its own counters too: who
   * narrows again under one name goes on counting.
   */
  name?: string;
  /** How many levels it may be narrowed itself. */
  delegate?: number;
}

/** For whom an intent is signed. */
export interface SignOptions {
  /** The name of the service that will verify it. */
  audience: string;
}

/** A call: who judges it, what came, its judged copy, and that as JSON. */
type Call = ReturnType<typeof read> & { readonly judge: Judge; readonly action: string; readonly value: unknown };

/** A native guard that is there already, for the constructor; not reachable from outside the package. */
export class Adopted {
  constructor(
    readonly guard: NativeGuard,
    /** Whether a running call is remembered, because it can be signed. */
    readonly signs: boolean,
    /** The identities of the guards whose tools it judges. */
    readonly lineage: readonly object[] = [],
    /** The families that it is of; a new one where there are none. */
    readonly families: readonly object[] = [{}],
    readonly onApproval: OnApproval | undefined = undefined,
  ) {}
}

/** Runs `fn` with `guard` judging; set in the class, which alone sees what it needs. */
let within: <R>(guard: ToolGuard, fn: () => R) => R;

/**
 * Guards tools by an agent's certificate: a call outside its scope never runs.
 *
 * A guard is immutable; close it with `await guard.close()`, after which every call is refused.
 */
export class ToolGuard {
  readonly #native: NativeGuard;
  readonly #signs: boolean;
  readonly #identity: object = {};
  /** Itself, as who judges. */
  readonly #self: Judge;
  readonly #onApproval: OnApproval | undefined;

  /**
   * Opens a guard; every certificate is checked now.
   *
   * @throws Denied KKN-E504 and other codes where the options, the certificate or the trust anchors are not usable.
   * @throws TypeError for an unknown option and for a value of another type.
   */
  constructor(options: GuardOptions) {
    const given: GuardOptions | Adopted = options;
    if (given instanceof Adopted) {
      this.#native = given.guard;
      this.#signs = given.signs;
      this.#self = { native: given.guard, lineage: [...given.lineage, this.#identity], families: given.families };
      this.#onApproval = given.onApproval;
    } else {
      this.#native = guardOf(native.openGuard(guardOptions(options)));
      this.#signs = options.signer !== undefined;
      this.#self = { native: this.#native, lineage: [this.#identity], families: [{}] };
      this.#onApproval = options.onApproval;
    }
    reportNotices(this.#native.takeNotices());
    Object.freeze(this);
  }

  /**
   * A guard from the environment variables `KAKUNIN_CERTIFICATE`, `KAKUNIN_TRUST` and so on.
   *
   * @throws Denied as the constructor.
   */
  static fromEnv(): ToolGuard {
    return adopt(new Adopted(guardOf(native.openGuardFromEnv()), Boolean(process.env["KAKUNIN_SIGNER"])));
  }

  /** The agent's id. */
  get id(): string {
    return this.#native.id;
  }

  /** When the first certificate of the path expires. */
  get expiresAt(): Date {
    return new Date(this.#native.expiresAt);
  }

  /**
   * A function of the same kind, name and length as `fn` that runs only calls which the scope allows.
   *
   * The first argument is judged: one plain object, or nothing. `fn` gets the judged copy of it; `this` and further arguments pass through.
   * A call that is refused throws (or, of an async function, rejects with) {@link Denied}.
   *
   * @throws TypeError where `fn` is not a function, or is a class.
   */
  wrap<F extends AnyFunction>(action: string, fn: F): F {
    requireAction(action);
    if (typeof fn !== "function" || isClass(fn)) throw new TypeError(`wrap(${JSON.stringify(action)}, …) takes a function; for objects and classes there is wrapMethods`);
    return rewrap(fn, this.#entering(action));
  }

  /**
   * An object, or a class whose instances then are objects, with the methods that `actions` names guarded; every other public method is denied (KKN-E201).
   *
   * What is not a method (fields, getters) is not there. Inside a method `this` is the object itself, unguarded.
   *
   * @throws TypeError where `actions` names what is no method.
   */
  wrapMethods<C extends Class>(type: C, actions: { readonly [K in keyof Methods<InstanceType<C>>]?: string }): GuardedClass<C>;
  wrapMethods<T extends object>(object: T, actions: { readonly [K in keyof Methods<T>]?: string }): Methods<T>;
  wrapMethods(target: object, actions: Readonly<Record<string, string>>): unknown {
    const listed = new Map(Object.entries(actions));
    listed.forEach(requireAction);
    const enter = { listed: (action: string) => this.#entering(action), unlisted: (method: string) => this.#enterUnlisted(method) };
    return typeof target === "function" ? guardedClass(target as Class, listed, enter) : guardedObject(target, listed, enter);
  }

  /** Judges, draws and records. A denial is in the decision, and reported. */
  async check(action: string, args: object): Promise<Decision> {
    const { text, fault } = read(args);
    const name = requireAction(action);
    const { native } = this.#judge();
    return concluded(await settleSoon(native, this.#onApproval, (guard) => JSON.parse(guard.check(name, text, fault)) as Answer));
  }

  /** As {@link check}, at once. */
  checkSync(action: string, args: object): Decision {
    const { text, fault } = read(args);
    const name = requireAction(action);
    const { native } = this.#judge();
    return concluded(settleNow(native, this.#onApproval, (guard) => JSON.parse(guard.check(name, text, fault)) as Answer));
  }

  /**
   * Judges, draws and records; gives the judged copy of the arguments, to act on.
   *
   * @throws Denied
   */
  async authorize<A extends object>(action: string, args: A): Promise<A> {
    return (await this.#enterSoon(requireAction(action), args)).copy as A;
  }

  /**
   * As {@link authorize}, at once.
   *
   * @throws Denied
   */
  authorizeSync<A extends object>(action: string, args: A): A {
    return this.#enter(requireAction(action), args).copy as A;
  }

  /** What would be decided and why, in words for an operator; never show it to a model. Neither draws nor records. */
  explain(action: string, args: object): string {
    const { text, fault } = read(args);
    return this.#judge().native.explain(requireAction(action), text, fault);
  }

  /**
   * A signed intent for an audience: a compact JWS. The call is judged first and draws nothing: whoever acts on it draws.
   *
   * @throws Denied also KKN-E502 without a signer.
   */
  sign(action: string, args: object, options: SignOptions): Promise<string>;
  /**
   * Signs the call that runs, inside a guarded tool.
   *
   * @throws Denied
   * @throws Error where no guarded call of this guard runs.
   */
  sign(options: SignOptions): Promise<string>;
  async sign(...given: [action: string, args: object, options: SignOptions] | [options: SignOptions]): Promise<string> {
    if (given.length === 1) {
      const call = running();
      const audience = audienceOf(given[0]);
      if (call === undefined || !isFrom(call.families, this.#self.families)) {
        throw new Error(this.#signs ? "no guarded call of this guard runs here: give the action and its arguments" : "this guard has no signer");
      }
      return this.#sign(call.native, call.action, call.text, undefined, audience);
    }
    const [action, args, options] = given;
    const { text, fault } = read(args);
    return this.#sign(this.#judge().native, requireAction(action), text, fault, audienceOf(options));
  }

  /**
   * This guard, or who judges in its place here, with a session or chain on every call; what is left out is inherited.
   *
   * @throws Denied KKN-E504 for an empty text and for one of more than 256 characters.
   */
  bind(binding: Binding): BoundGuard {
    onlyOptions(binding, ["session", "chain", "approvals"]);
    const { session, chain, approvals } = binding;
    for (const text of [session, chain]) {
      if (text !== undefined && typeof text !== "string") throw new TypeError("a session and a chain are text");
    }
    const judge = this.#judge();
    if (approvals !== undefined && !(Array.isArray(approvals) && approvals.every((approval) => typeof approval === "string"))) {
      throw new TypeError("approvals are an array of texts");
    }
    const bound = guardOf(judge.native.bind(session, chain, approvals === undefined ? undefined : [...approvals]));
    return adoptBound(new Adopted(bound, this.#signs, this.#lineage(judge), judge.families, this.#onApproval));
  }

  /**
   * A guard for one task or sub-agent, by a certificate that this guard's agent signs with its own key, offline.
   *
   * In `guard.narrow(scope, { ttl: "10m" }).run(fn)` the tools of this guard are judged by the narrowed one: by its scope (TOML text, or an
   * object of the same shape) and by all above it, whose limits they draw on too. Its key is made here and lives in memory alone.
   *
   * @throws Denied KKN-E106 where a scope above does not contain the scope, KKN-E502 without a signer, KKN-E105 where the certificate was
   * not issued to delegate (`kakunin issue --delegate N`), and others for arguments that are not usable.
   */
  narrow(scope: string | object, options: Narrowing): BoundGuard {
    onlyOptions(options, ["ttl", "name", "delegate"]);
    const { ttl, name, delegate } = options;
    if (typeof ttl !== "number" && typeof ttl !== "string") throw new TypeError("`ttl` is a number of seconds, or text such as `10m`");
    if (name !== undefined && typeof name !== "string") throw new TypeError("`name` is text");
    if (delegate !== undefined && typeof delegate !== "number") throw new TypeError("`delegate` is a number");
    const judge = this.#judge();
    const guard = guardOf(judge.native.narrow(...authored(scope), ttl, name, delegate));
    return adoptBound(new Adopted(guard, true, this.#lineage(judge), [...judge.families, {}], this.#onApproval));
  }

  /**
   * Swaps the certificate for another of the same agent. The old one stays where the new one is refused.
   *
   * @throws Denied
   */
  reload(certificate: Source): void {
    settle(this.#native.reload(certificate));
  }

  /**
   * Waits until every decision is written to the record.
   *
   * @throws Denied KKN-E503.
   */
  async flush(): Promise<void> {
    settle(await this.#native.flush());
  }

  /**
   * Flushes and releases: every later decision is KKN-E503, of its bindings and of what was narrowed from it too.
   *
   * @throws Denied KKN-E503 where what was decided cannot be written.
   */
  async close(): Promise<void> {
    settle(await this.#native.close());
  }

  /** Who judges a call that is made here. */
  #judge(): Judge {
    return bound(this.#identity) ?? this.#self;
  }

  /** The guards whose tools are judged by one that is made from `judge`: those that `judge` judges, and this one's. */
  #lineage(judge: Judge): readonly object[] {
    return [...new Set([...judge.lineage, ...this.#self.lineage])];
  }

  /** How calls of `action` get in. */
  #entering(action: string): Enter {
    return { now: (value) => this.#enter(action, value), soon: (value) => this.#enterSoon(action, value) };
  }

  /** Lets a call in, or throws. */
  #enter(action: string, value: unknown): Entry {
    const { call, decide } = this.#asked(action, value);
    if (decide === undefined) return this.#entry(call.judge.native, call);
    return this.#settled(settleNow(call.judge.native, this.#onApproval, decide), call);
  }

  /** The same, perhaps later. */
  #enterSoon(action: string, value: unknown): Entry | Promise<Entry> {
    const { call, decide } = this.#asked(action, value);
    if (decide === undefined) return this.#entry(call.judge.native, call);
    const settled = settleSoon(call.judge.native, this.#onApproval, decide);
    return settled instanceof Promise ? settled.then((settled) => this.#settled(settled, call)) : this.#settled(settled, call);
  }

  /** A call that was decided once, and how to take the decision where there is something to report, or somebody to ask. */
  #asked(action: string, value: unknown): { call: Call; decide: ((guard: NativeGuard) => Answer) | undefined } {
    const judge = this.#judge();
    const call = { judge, action, value, ...read(value) };
    let first = judge.native.decide(action, call.text, call.fault);
    if (first === null) return { call, decide: undefined };
    const decide = (by: NativeGuard): Answer => {
      const answer = first ?? by.check(action, call.text, call.fault);
      first = null;
      return JSON.parse(answer) as Answer;
    };
    return { call, decide };
  }

  #settled({ guard, answer }: Settled, call: Call): Entry {
    settleDecision(guard, answer);
    return this.#entry(guard, call);
  }

  #entry(native: NativeGuard, { judge, action, value, copy, text, fault }: Call): Entry {
    // While observing, what could not be read runs as it came: nothing is enforced.
    if (fault !== undefined) return { copy: value, running: undefined };
    return { copy, running: this.#signs ? { families: judge.families, native, action, text } : undefined };
  }

  #enterUnlisted(method: string): void {
    const guard = this.#judge().native;
    settleDecision(guard, JSON.parse(guard.refuseUnlisted(method)) as Answer);
  }

  async #sign(guard: NativeGuard, action: string, text: string, fault: NativeUnreadable | undefined, audience: string): Promise<string> {
    const sign = async (by: NativeGuard) => JSON.parse(await by.sign(action, text, audience, fault)) as Answer & { readonly token?: string };
    let answer = await sign(guard);
    const approvals = await askedFor(answer, this.#onApproval);
    if (approvals.length > 0) answer = await sign(guardOf(guard.bind(undefined, undefined, [...approvals])));
    reportNotices(guard.takeNotices());
    if (answer.token !== undefined) return answer.token;
    reportDenial(answer);
    throw new Denied(answer);
  }

  static {
    within = (guard, fn) => runBound(guard.#self, fn);
  }
}

/**
 * A guard that was made from another: by {@link ToolGuard.bind} for one session or chain, by {@link ToolGuard.narrow} for one task.
 *
 * Closing one that was narrowed ends it; one that was bound is flushed. The guard that it was made from stays open.
 */
export class BoundGuard extends ToolGuard {
  /**
   * Runs `fn`: in it, and in what it starts, the tools of the guard that this one was made from are judged by this one.
   *
   * @throws Denied KKN-E504 where a narrowed guard judges and this one was made outside.
   */
  run<R>(fn: () => R): R {
    return within(this, fn);
  }
}

/** A guard around a native one. */
export function adopt(adopted: Adopted): ToolGuard {
  return new ToolGuard(adopted as unknown as GuardOptions);
}

function adoptBound(adopted: Adopted): BoundGuard {
  return new BoundGuard(adopted as unknown as GuardOptions);
}

function guardOf(answer: OpenedGuard): NativeGuard {
  return opened(answer.refused, answer.guard);
}

/** The snapshot of `value`; where there can be none, the fault for the addon to refuse and record. */
export function read(value: unknown): Snapshot & { readonly fault?: NativeUnreadable } {
  try {
    return snapshot(value);
  } catch (error) {
    if (error instanceof Unreadable) return { copy: undefined, text: "{}", fault: error.native };
    throw error;
  }
}

/** Reports what there is to report, and gives the decision. */
function concluded({ guard, answer }: Settled): Decision {
  reportNotices(guard.takeNotices());
  if (answer.code !== undefined) reportDenial(answer);
  return decision(answer);
}

/** Reports what there is to report, and throws a denial that was not only observed. */
function settleDecision(guard: NativeGuard, answer: Answer): void {
  reportNotices(guard.takeNotices());
  if (answer.code !== undefined) reportDenial(answer);
  if (!answer.allowed) throw new Denied(answer);
}

function requireAction(action: unknown): string {
  if (typeof action !== "string") throw new TypeError(`an action is text, not ${typeof action}`);
  return action;
}

function audienceOf(options: SignOptions): string {
  onlyOptions(options, ["audience"]);
  if (typeof options.audience !== "string") throw new TypeError("`audience` is text");
  return options.audience;
}
