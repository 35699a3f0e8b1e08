import native from "../native.cjs";
import { type Answer, Denied } from "./denied.js";
import { modelOption } from "./options.js";

/**
 * The hash of what an agent runs on, `sha256:` and hex digits, as `kakunin issue --model-hash` takes it: of a configuration
 * (provider, model, version, system prompt, tools), or of the weights in the file at a path, read as a stream off the event loop.
 *
 * @throws Denied KKN-E504 where the file cannot be read or the configuration is more than a call's arguments may be.
 * @throws TypeError where the configuration is not JSON.
 */
export async function computeModelHash(model: object | string): Promise<string> {
  const { model: configuration, modelFile } = modelOption(model);
  const answer = JSON.parse(await native.modelHash(configuration, modelFile)) as Answer & { readonly hash?: string };
  if (answer.hash !== undefined) return answer.hash;
  throw new Denied(answer);
}
