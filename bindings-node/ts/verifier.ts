import native, { type NativeUnreadable, type NativeVerifier } from "../native.cjs";
import { type Answer, Denied, opened, settle } from "./denied.js";
import { onlyOptions, type VerifierOptions, verifierOptions } from "./options.js";
import { reportDenial, reportNotices } from "./report.js";
import { snapshot, Unreadable } from "./snapshot.js";

/** An intent that was verified, reserved and recorded. Act on `params`. */
export interface VerifiedIntent {
  /** The action that was signed. */
  readonly action: string;
  /** The parameters that were signed. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The agent's id. */
  readonly agent: string;
  /** The audience. */
  readonly audience: string;
  /** The nonce. */
  readonly jti: string;
  /** When it was signed, in Unix seconds. */
  readonly issuedAt: number;
  /** When it expires, in Unix seconds. */
  readonly expiresAt: number;
  /** SHA-256 of the signing input, `sha256:<hex>`. */
  readonly name: string;
  /** SHA-256 of the agent's certificate, `sha256:<hex>`. */
  readonly fingerprint: string;
  /** The certificate's serial number, in hex. */
  readonly serial: string;
  /** The session, if one was signed. */
  readonly session?: string;
  /** The decision chain, if one was signed. */
  readonly chain?: string;
  /** The record's reference, where a record is kept. */
  readonly reference?: string;
}

/** The request that came with an intent: what is given must equal what was signed. */
export interface IntentRequest {
  /** The action. */
  action?: string;
  /** The parameters. */
  params?: object;
}

/** A native verifier that is there already, for the constructor; not reachable from outside the package. */
class Adopted {
  constructor(readonly verifier: NativeVerifier) {}
}

/** Verifies signed intents at the far side: path, signature, revocation, time, scope, nonce and limits. */
export class Verifier {
  readonly #native: NativeVerifier;

  /**
   * Opens a verifier.
   *
   * @throws Denied KKN-E504 and other codes where the options are not usable.
   * @throws TypeError for an unknown option and for a value of another type.
   */
  constructor(options: VerifierOptions) {
    const given: VerifierOptions | Adopted = options;
    if (given instanceof Adopted) {
      this.#native = given.verifier;
    } else {
      const answer = native.openVerifier(verifierOptions(options));
      this.#native = opened(answer.refused, answer.verifier);
    }
    reportNotices(this.#native.takeNotices());
    Object.freeze(this);
  }

  /**
   * A verifier from the environment variables `KAKUNIN_TRUST`, `KAKUNIN_AUDIENCE` and so on.
   *
   * @throws Denied as the constructor.
   */
  static fromEnv(): Verifier {
    const answer = native.openVerifierFromEnv();
    return adoptVerifier(opened(answer.refused, answer.verifier));
  }

  /**
   * Verifies an intent, draws and records. Where the request's action or parameters are given, they must equal the signed ones (KKN-E308).
   * Act on the `params` of the result.
   *
   * @throws Denied
   * @throws TypeError where a part of the request is given as `undefined`: a comparison that does not happen is not asked for by accident.
   */
  async verify(token: string, request: IntentRequest = {}): Promise<VerifiedIntent> {
    onlyOptions(request, ["action", "params"]);
    for (const [name, value] of Object.entries(request)) {
      if (value === undefined) throw new TypeError(`\`${name}\` is given as undefined: leave it out, or give what came`);
    }
    const { action, params } = request;
    if (action !== undefined && typeof action !== "string") throw new TypeError("`action` is text");
    let text: string | undefined;
    let fault: NativeUnreadable | undefined;
    try {
      if (params !== undefined) ({ text } = snapshot(params));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      fault = error.native;
    }
    // No token at all is a malformed one: a header that is missing, or there twice.
    const answer = JSON.parse(await this.#native.verify(typeof token === "string" ? token : "", action, text, fault)) as Answer;
    reportNotices(this.#native.takeNotices());
    if (!answer.allowed) {
      reportDenial(answer);
      throw new Denied(answer);
    }
    const { allowed: _, ...intent } = answer as unknown as VerifiedIntent & { readonly allowed: true };
    return Object.freeze(intent);
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
   * Flushes and releases.
   *
   * @throws Denied KKN-E503 where what was decided cannot be written.
   */
  async close(): Promise<void> {
    settle(await this.#native.close());
  }
}

/** A verifier around a native one. */
export function adoptVerifier(verifier: NativeVerifier): Verifier {
  return new Verifier(new Adopted(verifier) as unknown as VerifierOptions);
}
