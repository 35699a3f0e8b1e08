import { type AnyFunction, type Enter as Entering, isClass, rewrap } from "./wrap.js";

/** The public methods of `T`. */
export type Methods<T> = { readonly [K in keyof T as K extends string ? (T[K] extends AnyFunction ? K : never) : never]: T[K] };

/** A class. */
export type Class = new (...args: never[]) => object;

/** A class with the constructor's parameters of `C`, whose instances have only the methods. */
export type GuardedClass<C extends Class> = new (...args: ConstructorParameters<C>) => Methods<InstanceType<C>>;

/** How calls get in. */
export interface Enter {
  /** Who judges calls of a listed method. */
  listed(action: string): Entering;
  /** Refuses a call of any other; returns only while observing. */
  unlisted(method: string): void;
}

/** A class that makes guarded objects of `type`. */
export function guardedClass(type: Class, actions: ReadonlyMap<string, string>, enter: Enter): Class {
  if (!isClass(type)) throw new TypeError("wrapMethods takes an object or a class; for a function there is wrap");
  // A constructor that returns an object gives that object.
  const guarded = class {
    constructor(...args: never[]) {
      return guardedObject(new type(...args), actions, enter);
    }
  };
  Object.defineProperty(guarded, "name", { value: type.name, configurable: true });
  return guarded as unknown as Class;
}

/** The methods of `object`: listed ones guarded, others refusing. The object is reachable through none of them. */
export function guardedObject(object: object, actions: ReadonlyMap<string, string>, enter: Enter): object {
  const methods = methodsOf(object);
  for (const name of actions.keys()) {
    if (!methods.has(name)) throw new TypeError(`wrapMethods: there is no method \`${name}\``);
  }
  const guarded = {};
  for (const [name, method] of methods) {
    const action = actions.get(name);
    // A bound function keeps its prototype, and by that its kind.
    const bound = method.bind(object) as AnyFunction;
    Object.defineProperty(bound, "name", { value: name });
    const value = action === undefined ? refusing(bound, name, enter) : rewrap(bound, enter.listed(action));
    Object.defineProperty(guarded, name, { value, enumerable: true });
  }
  return Object.freeze(guarded);
}

function refusing(method: AnyFunction, name: string, enter: Enter): AnyFunction {
  const now = (value: unknown) => {
    enter.unlisted(name);
    return { copy: value, running: undefined };
  };
  return rewrap(method, { now, soon: now });
}

/** Own and inherited methods by name, up to but without `Object.prototype`. Getters are not run: what they give is no method. */
function methodsOf(object: object): Map<string, AnyFunction> {
  const methods = new Map<string, AnyFunction>();
  const seen = new Set(["constructor"]);
  for (let level: object = object, above = next(level); level === object || above !== null; ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      if (seen.has(name)) continue;
      seen.add(name);
      const value: unknown = Object.getOwnPropertyDescriptor(level, name)?.value;
      if (typeof value === "function" && !isClass(value)) methods.set(name, value as AnyFunction);
    }
    if (above === null) break;
    level = above;
    above = next(level);
  }
  return methods;
}

function next(level: object): object | null {
  return Object.getPrototypeOf(level) as object | null;
}
