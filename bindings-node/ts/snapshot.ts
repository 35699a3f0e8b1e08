import type { NativeUnreadable } from "../native.cjs";

/** Why a value cannot be an argument: a rule, and where JavaScript has its own say, where it stood and what it was. */
export class Unreadable {
  constructor(
    readonly rule: string,
    readonly parameter?: string,
    readonly requested?: string,
  ) {}

  /** The fault as the addon takes it. */
  get native(): NativeUnreadable {
    const { rule, parameter, requested } = this;
    return { rule, ...(parameter ? { parameter } : {}), ...(requested ? { requested } : {}) };
  }
}

/** The core's bounds on arguments (profile §3). The copy stops at them, so a shared or cyclic value costs no more than they allow. */
const DEPTH = 32;
const VALUES = 4_096;
const BYTES = 65_536;

// Taken once: what is replaced later replaces nothing here.
const { stringify } = JSON;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys, prototype: plain } = Object;
const { isArray, prototype: list } = Array;
const { isFinite } = Number;
const NOTHING: readonly unknown[] = Object.freeze([]);

/** A private copy of a call's arguments and its JSON text. */
export interface Snapshot {
  readonly copy: unknown;
  readonly text: string;
}

/**
 * Copies `value` by reading every member exactly once, so what is judged (the text) is what runs (the copy).
 *
 * Plain objects, arrays, strings, finite numbers, booleans and null are copied; a member that is `undefined` is left out, as JSON does,
 * and no arguments at all are `{}`. Everything else (Date, Map, class instances, functions, symbols, BigInt, NaN) is refused: nothing is coerced.
 *
 * @throws Unreadable
 */
export function snapshot(value: unknown): Snapshot {
  // A member of every object would be seen by the tool and not by the guard; a `toJSON` of every object the other way round.
  for (const key in NOTHING) throw new Unreadable("prototype-polluted", undefined, key);
  if ("toJSON" in NOTHING) throw new Unreadable("prototype-polluted", undefined, "toJSON");
  if (value === undefined) return { copy: {}, text: "{}" };
  let copy: unknown;
  try {
    copy = new Reader().value(value, DEPTH);
  } catch (error) {
    // A getter or a proxy that throws: what cannot be read is denied.
    throw error instanceof Unreadable ? error : new Unreadable("reading-failed");
  }
  return { copy, text: stringify(copy) };
}

/** One reading. Its own object, because a getter may start another one meanwhile. */
class Reader {
  private values = VALUES;
  private bytes = BYTES;
  /** Keys from the outermost inward; null for an element. */
  private readonly path: (string | null)[] = [];

  value(value: unknown, depth: number): unknown {
    if (--this.values < 0) throw new Unreadable("json-too-many-values");
    switch (typeof value) {
      case "string":
        // At least one byte a code unit.
        if ((this.bytes -= value.length) < 0) throw new Unreadable("json-too-large");
        return value;
      case "number":
        // -0 is 0 in the canonical form: the tool gets what was judged.
        if (isFinite(value)) return value === 0 ? 0 : value;
        throw this.fault("number-not-finite", `${value}`);
      case "boolean":
        return value;
      case "object":
        if (value === null) return null;
        if (depth === 0) throw new Unreadable("json-too-deep");
        return isArray(value) ? this.elements(value, depth - 1) : this.members(value as Record<string, unknown>, depth - 1);
      default:
        throw this.fault("type-unsupported", typeof value);
    }
  }

  private elements(array: readonly unknown[], depth: number): unknown[] {
    if (!isPlainList(array)) throw this.fault("type-unsupported", className(array));
    const { length } = array;
    const result: unknown[] = [];
    this.path.push(null);
    for (let index = 0; index < length; index += 1) result.push(this.value(array[index], depth));
    this.path.pop();
    return result;
  }

  private members(object: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
    if (!isPlainObject(object)) throw this.fault("type-unsupported", className(object));
    const result: Record<string, unknown> = {};
    for (const key of keys(object)) {
      const member = object[key];
      if (member === undefined) continue;
      if ((this.bytes -= key.length) < 0) throw new Unreadable("json-too-large");
      this.path.push(key);
      const value = this.value(member, depth);
      this.path.pop();
      // `result.__proto__ = …` would set the prototype instead of a member.
      if (key === "__proto__") defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
      else result[key] = value;
    }
    return result;
  }

  private fault(rule: string, requested: string): Unreadable {
    let parameter = "";
    for (const step of this.path) {
      if (step === null) parameter += "[]";
      else parameter += (parameter === "" ? "" : ".") + step.replace(/[.[\]\\]/g, "\\$&");
    }
    return new Unreadable(rule, parameter, requested);
  }
}

/** Of this realm, of another (a `vm` context), or without a prototype; no instance of a class. */
function isPlainObject(object: object): boolean {
  const prototype: unknown = getPrototypeOf(object);
  return prototype === plain || prototype === null || getPrototypeOf(prototype) === null;
}

function isPlainList(array: readonly unknown[]): boolean {
  const prototype: unknown = getPrototypeOf(array);
  if (prototype === list) return true;
  const above: unknown = prototype === null ? null : getPrototypeOf(prototype);
  return above !== null && isArray(prototype) && getPrototypeOf(above) === null;
}

/** The name of the value's class, read without running anything of the value's own. */
function className(value: object): string {
  const constructor: unknown = getOwnPropertyDescriptor(getPrototypeOf(value) ?? {}, "constructor")?.value;
  const name: unknown = typeof constructor === "function" ? getOwnPropertyDescriptor(constructor, "name")?.value : undefined;
  return typeof name === "string" && name !== "" ? name : "object";
}
