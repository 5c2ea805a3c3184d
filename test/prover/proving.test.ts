import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { groth16 } from "snarkjs";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { closeSnarkjs } from "../../circuits/build/snarkjs.ts";
import { openProvingBackend } from "../../prover/node/proving/backend.ts";
import { ProvingError } from "../../prover/proving/errors.ts";
import type { CircuitInputs, Proven, ProvingBackend } from "../../prover/proving/port.ts";
import type { ProvingErrorCode } from "../../prover/proving/errors.ts";
import { childrenRunning, eventually, processesRunning } from "./fixtures/processes.ts";
import { standInForRapidsnark } from "./fixtures/rapidsnark.ts";
import { buildToy, toyInputs } from "./fixtures/toy.ts";

const SNARKJS = { rapidsnarkPath: "" };

/** Provers that other tests of the run have left running. */
let others: number[] = [];
const ownProvers = (): number[] => childrenRunning("proving/worker.ts").filter((pid) => !others.includes(pid));

async function failure(promise: Promise<unknown>): Promise<ProvingError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).to.be.instanceOf(ProvingError);
  return outcome as ProvingError;
}

const code = async (promise: Promise<unknown>): Promise<ProvingErrorCode> => (await failure(promise)).code;

describe("Proving", function () {
  let artifacts: CircuitArtifacts;
  let backend: ProvingBackend;
  let removeToy: () => void;
  let folder: string;

  before(async () => {
    others = childrenRunning("proving/worker.ts");
    ({ artifacts, remove: removeToy } = await buildToy());
    backend = openProvingBackend(artifacts, SNARKJS);
    folder = mkdtempSync(join(tmpdir(), "tacit-proving-"));
  });

  after(async () => {
    await backend.close();
    await closeSnarkjs();
    removeToy();
    rmSync(folder, { recursive: true });
  });

  const verifies = ({ proof: { a, b, c }, signals }: Proven): Promise<boolean> =>
    groth16.verify(artifacts.verificationKey, signals, {
      pi_a: [...a, 1n].map(String),
      pi_b: [...b.map(([upper, lower]) => [lower, upper]), [1n, 0n]].map((pair) => pair.map(String)),
      pi_c: [...c, 1n].map(String),
      protocol: "groth16",
      curve: "bn128",
    });

  it("hands out proofs that verify, with the circuit's own three signals", async () => {
    const proven = await backend.prove(toyInputs());
    expect(proven.signals.slice(1)).to.deep.equal([10n, 5n]);
    expect(await verifies(proven)).to.equal(true);
  });

  it("makes a different proof of the same statement each time", async () => {
    const [first, second] = await Promise.all([backend.prove(toyInputs()), backend.prove(toyInputs())]);
    expect(first.signals).to.deep.equal(second.signals);
    expect(first.proof).not.to.deep.equal(second.proof);
  });

  it("hands out no proof that fails under the verification key", async () => {
    const { verificationKey } = artifacts;
    const foreign = { ...verificationKey, IC: verificationKey.IC.toReversed() };
    const other = openProvingBackend({ ...artifacts, verificationKey: foreign }, SNARKJS);
    expect(await code(other.prove(toyInputs()))).to.equal("unverified");
    await other.close();
  });

  it("refuses inputs that contradict the circuit, naming the constraint and no value", async () => {
    const error = await failure(backend.prove({ ...toyInputs(), secret: 987654321n }));
    expect(error.code).to.equal("refused");
    expect(error.message)
      .to.match(/at Toy line \d+\.$/)
      .and.not.include("987654321");
  });

  it("names the input that is unknown, missing, of the wrong length or not a number, and no value", async () => {
    const wrong: [unknown, RegExp][] = [
      [{ ...toyInputs(), secrets: 987654321n }, /no input signal "secrets"/],
      [{ x: 1n, secret: 987654321n }, /takes 4 input values, but got 2/],
      [{ ...toyInputs(), pair: [987654321n] }, /"pair" takes 2 values, but got 1/],
      [{ ...toyInputs(), secret: "987654321" }, /"secret" is not a bigint/],
      [{ ...toyInputs(), secret: () => 987654321n }, /not plain data/],
    ];
    for (const [inputs, message] of wrong) {
      const error = await failure(backend.prove(inputs as CircuitInputs));
      expect(error.code).to.equal("inputs");
      expect(error.message).to.match(message).and.not.include("987654321");
    }
  });

  it("serves jobs in the order they came, leaving out those that are cancelled while they wait", async () => {
    const order: string[] = [];
    const waiting = new AbortController();
    const jobs = [
      backend.prove(toyInputs(1n)).then(() => order.push("first")),
      failure(backend.prove(toyInputs(3n), { signal: waiting.signal })).then(({ code }) => order.push(code)),
      backend.prove(toyInputs(7n)).then(() => order.push("third")),
    ];
    const [process] = ownProvers();
    waiting.abort();
    await Promise.all(jobs);
    expect(order).to.deep.equal(["cancelled", "first", "third"]);
    expect(ownProvers()).to.deep.equal([process]);
    expect(await code(backend.prove(toyInputs(), { signal: waiting.signal }))).to.equal("cancelled");
  });

  it("drops a job that is cancelled while it runs together with the process that holds its inputs", async () => {
    const running = new AbortController();
    const cancelled = code(backend.prove(toyInputs(), { signal: running.signal }));
    const next = backend.prove(toyInputs());
    const [before] = ownProvers();
    running.abort();
    expect(await cancelled).to.equal("cancelled");
    expect(await verifies(await next)).to.equal(true);
    expect(ownProvers()).not.to.include(before);
  });

  it("fails the job in hand when the proving process dies, and proves the next in a new one", async () => {
    await backend.prove(toyInputs());
    const [pid] = ownProvers();
    const lost = code(backend.prove(toyInputs()));
    const next = backend.prove(toyInputs());
    process.kill(pid!, "SIGKILL");
    expect(await lost).to.equal("crashed");
    expect(await verifies(await next)).to.equal(true);
    expect(ownProvers()).to.have.length(1).and.not.include(pid);
  });

  it("survives the death of an idle proving process", async () => {
    const [pid] = ownProvers();
    process.kill(pid!, "SIGKILL");
    expect(await eventually(() => ownProvers().length === 0)).to.equal(true);
    await sleep(20);
    expect(await verifies(await backend.prove(toyInputs()))).to.equal(true);
  });

  it("ends a job that takes longer than allowed", async () => {
    const hasty = openProvingBackend(artifacts, { ...SNARKJS, timeoutMs: 1 });
    expect(await code(hasty.prove(toyInputs()))).to.equal("timeout");
    await hasty.close();
  });

  it("says which circuit file is missing", async () => {
    const lost = openProvingBackend({ ...artifacts, zkey: join(folder, "nowhere.zkey") }, SNARKJS);
    const error = await failure(lost.prove(toyInputs()));
    expect(error.code).to.equal("files");
    expect(error.message).to.include("nowhere.zkey");
    await lost.close();
  });

  it("rejects what is unfinished when it is closed, and takes no more", async () => {
    const closing = openProvingBackend(artifacts, SNARKJS);
    const codes = [code(closing.prove(toyInputs())), code(closing.prove(toyInputs()))];
    const before = ownProvers().length;
    await closing.close();
    await closing.close();
    expect(await Promise.all(codes)).to.deep.equal(["closed", "closed"]);
    expect(await code(closing.prove(toyInputs()))).to.equal("closed");
    expect(ownProvers()).to.have.length(before - 1);
  });

  for (const close of [true, false]) {
    it(`lets the program end within two seconds ${close ? "of being closed" : "even if nobody closes it"}`, async () => {
      const { wasm, zkey, verificationKey } = artifacts;
      const script = fileURLToPath(new URL("./fixtures/proveAndEnd.ts", import.meta.url));
      const program = spawn(
        process.execPath,
        [script, JSON.stringify({ wasm, zkey, verificationKey }), String(close)],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      let provenAtMs = 0;
      program.stdout.once("data", () => (provenAtMs = performance.now()));
      const exitCode = await new Promise((resolve) => program.once("exit", resolve));
      expect(exitCode).to.equal(0);
      expect(performance.now() - provenAtMs).to.be.below(2_000);
    });
  }

  describe("with rapidsnark", () => {
    const run = async (
      end: Parameters<typeof standInForRapidsnark>[1],
      work: (backend: ProvingBackend, program: ReturnType<typeof standInForRapidsnark>) => Promise<void>,
    ) => {
      const program = standInForRapidsnark(folder, end);
      const native = openProvingBackend(artifacts, {
        rapidsnarkPath: program.path,
        timeoutMs: end === "hang" ? 1_500 : 30_000,
      });
      try {
        await work(native, program);
      } finally {
        await native.close();
      }
    };

    it("hands the witness over in a file that has no name, holds no secret in arguments or environment, and leaves nothing", () =>
      run("prove", async (native, program) => {
        expect(await verifies(await native.prove(toyInputs()))).to.equal(true);
        const { argv, env, witness, memoryFolder } = program.seen();
        expect(argv.slice(2)).to.deep.equal([artifacts.zkey, "/dev/fd/3", "/dev/fd/4", "/dev/null"]);
        expect(env).to.deep.equal({});
        expect(witness).to.deep.include({ links: 0, mode: 0o600 });
        expect(witness.bytes).to.be.above(32 * artifacts.manifest.size.wires);
        expect(memoryFolder.filter((name) => name.startsWith("tacit"))).to.deep.equal([]);
      }));

    it("hands out no proof of it that fails under the verification key", () =>
      run("lie", async (native) => {
        expect(await code(native.prove(toyInputs()))).to.equal("unverified");
      }));

    it("passes nothing on of what it says when it fails", () =>
      run("fail", async (native) => {
        const error = await failure(native.prove(toyInputs()));
        expect(error.code).to.equal("crashed");
        expect(error.message).to.equal("rapidsnark ended with exit code 3.");
      }));

    it("ends it too when a job takes longer than allowed", () =>
      run("hang", async (native, program) => {
        expect(await code(native.prove(toyInputs()))).to.equal("timeout");
        expect(await eventually(() => processesRunning(program.path).length === 0)).to.equal(true);
      }));

    it("says so when the program can't be run", async () => {
      const native = openProvingBackend(artifacts, { rapidsnarkPath: join(folder, "nowhere") });
      const error = await failure(native.prove(toyInputs()));
      expect(error.code).to.equal("files");
      expect(error.message).to.include("RAPIDSNARK_PATH");
      await native.close();
    });

    if (process.env["RAPIDSNARK_PATH"]) {
      it("proves with the real program", async () => {
        const native = openProvingBackend(artifacts);
        expect(await verifies(await native.prove(toyInputs()))).to.equal(true);
        await native.close();
      });
    }
  });
});
