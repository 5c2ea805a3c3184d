import { ArtifactsError, loadArtifactFolder, loadArtifacts } from "../../circuits/artifacts.ts";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import type { ProfileName } from "../../prover/index.ts";
import { TacitError } from "../sdk/errors.ts";
import type { NoCircuit, OwnCircuit } from "../sdk/roles/auditor.ts";

/** What of a built circuit an audit compares with. */
export const ownCircuitOf = ({ manifest, verificationKey, verifier }: CircuitArtifacts): OwnCircuit => ({
  circuitHash: manifest.circuitHash,
  verificationKey,
  verifierCode: verifier.deployedBytecode,
});

/**
 * The circuit that was built on this machine, or why there is none to compare with.
 * @param folder a build that is somewhere else
 * @throws TacitError `NO_CIRCUIT` if that folder has none
 */
export function ownCircuit(profile: ProfileName, folder?: string): OwnCircuit | NoCircuit {
  try {
    return ownCircuitOf(
      folder === undefined ? loadArtifacts(profile, "rebalance") : loadArtifactFolder(folder, profile),
    );
  } catch (error) {
    if (!(error instanceof ArtifactsError)) throw error;
    if (folder !== undefined) throw new TacitError("NO_CIRCUIT", error.message);
    return { missing: error.message };
  }
}
