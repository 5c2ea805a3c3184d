// The development "ceremony". These scalars are public: whoever has them can forge proofs, and they
// are written here. A key made from them says so on chain (DEVELOPMENT_KEY) and its verifier can
// only be deployed on a local chain.
import { createHash } from "node:crypto";
import { mod } from "../../format/field.ts";

function fromTag(tag: string): bigint {
  return mod(BigInt(`0x${createHash("sha512").update(`tacit development key, not a secret: ${tag}`).digest("hex")}`));
}

export const DEV_TAU = fromTag("tau");
export const DEV_ALPHA = fromTag("alpha");
export const DEV_BETA = fromTag("beta");

/** The one phase-2 contribution of a development key is a beacon of this value, so the key is the same everywhere. */
export const DEV_BEACON = createHash("sha256").update("tacit development key, not a secret: delta").digest("hex");
export const DEV_BEACON_ITERATIONS = 10;
export const DEV_CONTRIBUTION_NAME = "development, not a secret";
