import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { artifactFolder, loadArtifactFolder } from "../../circuits/artifacts.ts";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { CACHE_FOLDER, CIRCUITS_FOLDER } from "../../circuits/build/paths.ts";
import { buildCircuit } from "../../circuits/build/pipeline.ts";
import { closeSnarkjs } from "../../circuits/build/snarkjs.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import { requireMandate } from "../../prover/book/mandate.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import { insist, judge, withoutAdherence } from "./rebalance.ts";
import type { Ordered } from "./rebalance.ts";

/** Where the edited sources and what is built of them are kept between runs. */
const FOLDER = join(CACHE_FOLDER, "any-order");
const EDITED = "strategy/orders.circom";

/**
 * The small circuit without what holds an order to the strategy, with a key and a verifier of its own from the same
 * build: for tests of the market whose orders are the test's. All the rest of the statement is as released. A minute
 * when first made.
 */
export function anyOrderCircuit(): Promise<CircuitArtifacts> {
  return (built ??= build());
}
let built: Promise<CircuitArtifacts> | undefined;

async function build(): Promise<CircuitArtifacts> {
  const sourceFolder = join(FOLDER, "sources");
  mkdirSync(sourceFolder, { recursive: true });
  for (const path of ["lib", "strategy", "rebalance.circom"])
    cpSync(join(CIRCUITS_FOLDER, path), join(sourceFolder, path), { recursive: true });
  writeFileSync(
    join(sourceFolder, EDITED),
    withoutAdherence(`circuits/${EDITED}`, readFileSync(join(CIRCUITS_FOLDER, EDITED), "utf8")),
  );
  const artifactsFolder = join(FOLDER, "artifacts");
  await buildCircuit(findCircuit("small", "rebalance"), { sourceFolder, artifactsFolder });
  await closeSnarkjs();
  return loadArtifactFolder(artifactFolder("small", "rebalance", artifactsFolder), "small");
}

/**
 * The submission of an order of the test's own, of a vault committed to `plainStrategy`.
 * @throws MandateRefused
 */
export function buildOrdered(request: Ordered): BuiltSubmission {
  if (request.chain.outflow && request.order.some((delta) => delta !== 0n))
    throw new Error("an epoch that pays redemptions takes no order: docs/protocol.md §4");
  requireMandate(judge(request));
  return insist(request);
}
