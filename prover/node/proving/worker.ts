// The proving process: forked by backend.ts, ended by it or by the end of its parent. It keeps the keys, the compiled
// witness generator and the curve's threads for its lifetime. Secrets come in by IPC and stay in this memory.
import { readFile } from "node:fs/promises";
import { groth16, type Groth16Proof as SnarkjsProof, type VerificationKey } from "snarkjs";
import { computeWitness } from "../../proving/circuitWitness.ts";
import { ProvingError } from "../../proving/errors.ts";
import type { CircuitInputs, Groth16Proof, Proven } from "../../proving/port.ts";
import type { ProvingArtifacts, Reply, Request } from "./messages.ts";
import { proveWithRapidsnark } from "./rapidsnark.ts";

type Prove = (inputs: CircuitInputs) => Promise<Proven>;
const SIGNAL_COUNT = 3;

let opening: Promise<Prove> | undefined;

process.on("message", async (request: Request) => {
  if (request.kind === "open") {
    opening = open(request.artifacts, request.rapidsnarkPath);
    // A failure is reported to each job.
    opening.catch(() => {});
    return;
  }
  process.send?.(await answer(request.inputs));
});

// The parent is gone: end this process group, rapidsnark included.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"));

async function answer(inputs: CircuitInputs): Promise<Reply> {
  try {
    const prove = await opening;
    if (prove === undefined) throw new ProvingError("files", "The proving process was given no circuit.");
    return { kind: "proven", proven: await prove(inputs) };
  } catch (error) {
    if (error instanceof ProvingError) return { kind: "failed", code: error.code, message: error.message };
    // A foreign error's text may quote a value: only its kind leaves this process.
    const kind = error instanceof Error ? error.constructor.name : typeof error;
    return { kind: "failed", code: "crashed", message: `The prover failed with an unexpected ${kind}.` };
  }
}

async function open(artifacts: ProvingArtifacts, rapidsnarkPath: string | undefined): Promise<Prove> {
  const [wasm, zkey] = await Promise.all([read(artifacts.wasm), read(artifacts.zkey)]);
  const generator = await WebAssembly.compile(wasm);
  return async (inputs) => {
    const witness = computeWitness(generator, inputs);
    const signals = witness.publicSignals(SIGNAL_COUNT) as [bigint, bigint, bigint];
    const made =
      rapidsnarkPath === undefined
        ? (await groth16.prove(zkey, witness.wtns)).proof
        : await proveWithRapidsnark(rapidsnarkPath, artifacts.zkey, witness.wtns);
    const verifies = await groth16
      .verify(artifacts.verificationKey as VerificationKey, signals.map(String), made)
      .catch(() => false);
    if (!verifies) {
      throw new ProvingError(
        "unverified",
        "The prover's proof does not verify: are the proving and verification keys of one set-up?",
      );
    }
    return { proof: toCalldataOrder(made), signals };
  };
}

async function read(path: string): Promise<Buffer<ArrayBuffer>> {
  return readFile(path).catch(() => {
    throw new ProvingError("files", `Can't read ${path}: build the circuits first.`);
  });
}

/** From snarkjs's JSON: projective coordinates with z = 1, the lower coefficient of Fp2 first. */
function toCalldataOrder({ pi_a: a, pi_b: [bx = [], by = []], pi_c: c }: SnarkjsProof): Groth16Proof {
  return { a: pair(a), b: [reversed(pair(bx)), reversed(pair(by))], c: pair(c) };
}

function pair([first = "", second = ""]: readonly string[]): [bigint, bigint] {
  return [BigInt(first), BigInt(second)];
}

function reversed([first, second]: [bigint, bigint]): [bigint, bigint] {
  return [second, first];
}
