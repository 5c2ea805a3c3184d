import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { packageFile } from "../../circuits/build/paths.ts";
import { toWord } from "../../prover/base/field.ts";
import { profiles } from "../../prover/format/profile.ts";
import { openProvingBackend } from "../../prover/node/proving/backend.ts";
import type { CircuitInput, CircuitInputs, ProvingBackend } from "../../prover/proving/port.ts";
import { computeWitness } from "../../prover/proving/circuitWitness.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import { randomScenario } from "../../test/support/scenario.ts";
import { peakMemoryOf } from "../memory.ts";
import { builtCircuit } from "../section.ts";
import type { Section } from "../section.ts";
import { median, rounded, timed } from "../statistics.ts";

interface BackendFigures {
  /** A process that starts, loads the key, proves once and has its proof verified. */
  readonly coldMs: number;
  /** One more proof of a process that has proven before. */
  readonly warmMs: number;
  /** warmMs over the time of snarkjs's command line. */
  readonly ratioToSnarkjsCli: number;
  readonly peakMemoryBytes: number | null;
}

interface Figures {
  readonly profile: string;
  readonly runs: number;
  /** The time of the compiled witness generator alone, which is a part of every proof. */
  readonly witnessMs: number;
  /** `snarkjs groth16 fullprove` on the same inputs, its rounds between those of the backends. */
  readonly snarkjsCli: { readonly ms: number; readonly peakMemoryBytes: number | null };
  readonly backends: Readonly<Record<string, BackendFigures>>;
}

/** Time and memory of one proof of a submission. */
export const proving: Section<Figures> = {
  async measure(bench) {
    const { profile, runs, progress } = bench;
    const circuit = await builtCircuit(bench);
    const { inputs, signals } = buildSubmission(randomScenario(profiles[profile], 1, "inside").request);
    const cli = prepareCli(circuit, inputs);
    const provers = backendPaths().map(([name, rapidsnarkPath]) => {
      const open = (): ProvingBackend => openProvingBackend(circuit, { rapidsnarkPath });
      return { name, open, peakMemoryBytes: null as number | null, coldMs: [] as number[], warmMs: [] as number[] };
    });
    const cliMs: number[] = [];
    const warm: ProvingBackend[] = [];
    try {
      // Before any clock runs: this also brings the files into the system's cache.
      let task = progress.start(`proving (${profile}): memory`);
      const cliPeak = await peakMemoryOf(cli.run);
      if (cli.publicSignals().join() !== [signals.h, signals.d, signals.x].join())
        throw new Error("snarkjs's command line proved another statement than the backends are given");
      for (const prover of provers) prover.peakMemoryBytes = await peakMemoryOf(() => proveCold(prover.open, inputs));
      task.end();

      task = progress.start(
        `proving (${profile}): ${runs} rounds of the command line, ${provers.map(({ name }) => name).join(", ")}`,
      );
      for (const { open } of provers) {
        const backend = open();
        warm.push(backend);
        await backend.prove(inputs);
      }
      for (let run = 0; run < runs; run++) {
        cliMs.push(await timed(cli.run));
        for (const [i, { open, coldMs, warmMs }] of provers.entries()) {
          warmMs.push(await timed(() => warm[i]!.prove(inputs)));
          coldMs.push(await proveCold(open, inputs));
        }
        task.update(run + 1, runs);
      }
      task.end();

      const medianCliMs = median(cliMs);
      return {
        profile,
        runs,
        witnessMs: rounded(await witnessTime(circuit, inputs, runs)),
        snarkjsCli: { ms: rounded(medianCliMs), peakMemoryBytes: cliPeak },
        backends: Object.fromEntries(
          provers.map(({ name, coldMs, warmMs, peakMemoryBytes }) => [
            name,
            {
              coldMs: rounded(median(coldMs)),
              warmMs: rounded(median(warmMs)),
              ratioToSnarkjsCli: rounded(median(warmMs) / medianCliMs),
              peakMemoryBytes,
            },
          ]),
        ),
      };
    } finally {
      cli.remove();
      for (const backend of warm) await backend.close();
    }
  },

  summary: ({ backends }) =>
    Object.fromEntries(
      Object.entries(backends).map(([name, { coldMs, warmMs, ratioToSnarkjsCli }]) => [
        name,
        { coldMs, warmMs, ratioToSnarkjsCli },
      ]),
    ),

  tables: ({ profile, runs, witnessMs, snarkjsCli, backends }) => [
    {
      title: `Proving, ${profile}`,
      columns: ["prover", "cold process, ms", "warm process, ms", "warm / snarkjs command line", "peak memory, MB"],
      rows: [
        ["snarkjs groth16 fullprove", snarkjsCli.ms, null, 1, megabytes(snarkjsCli.peakMemoryBytes)],
        ...Object.entries(backends).map(([name, figures]) => [
          name,
          figures.coldMs,
          figures.warmMs,
          figures.ratioToSnarkjsCli,
          megabytes(figures.peakMemoryBytes),
        ]),
      ],
      notes: [`Medians of ${runs} interleaved rounds. The witness is ${witnessMs} ms of every proof.`],
    },
  ],
};

const megabytes = (bytes: number | null): number | null => (bytes === null ? null : Math.round(bytes / 1e6));

/** Milliseconds from the start of a proving process to its first proof. */
async function proveCold(open: () => ProvingBackend, inputs: CircuitInputs): Promise<number> {
  let backend: ProvingBackend | undefined;
  try {
    return await timed(() => (backend = open()).prove(inputs));
  } finally {
    await backend?.close();
  }
}

/** Name and `rapidsnarkPath` of every backend there is here. */
function backendPaths(): [name: string, rapidsnarkPath: string][] {
  const path = process.env["RAPIDSNARK_PATH"];
  return path
    ? [
        ["snarkjs", ""],
        ["rapidsnark", path],
      ]
    : [["snarkjs", ""]];
}

/** `snarkjs groth16 fullprove` on inputs in a file, as one would type it. */
function prepareCli({ wasm, zkey }: CircuitArtifacts, inputs: CircuitInputs) {
  const folder = mkdtempSync(join(tmpdir(), "tacit-fullprove-"));
  const file = (name: string): string => join(folder, name);
  writeFileSync(
    file("input.json"),
    JSON.stringify(Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, decimals(input)]))),
  );
  const args = [
    packageFile("snarkjs", "build/cli.cjs"),
    "groth16",
    "fullprove",
    file("input.json"),
    wasm,
    zkey,
    file("proof.json"),
    file("public.json"),
  ];
  return {
    run: () =>
      new Promise<void>((resolve, reject) => {
        const child = spawn(process.execPath, args, { stdio: ["ignore", 2, 2] });
        child.on("error", reject);
        child.on("exit", (code, signal) =>
          code === 0
            ? resolve()
            : reject(new Error(`snarkjs groth16 fullprove ended with ${signal ?? `exit code ${code}`}`)),
        );
      }),
    publicSignals: () => JSON.parse(readFileSync(file("public.json"), "utf8")) as string[],
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const decimals = (input: CircuitInput): unknown =>
  typeof input === "bigint" ? toWord(input).toString() : input.map(decimals);

async function witnessTime({ wasm }: CircuitArtifacts, inputs: CircuitInputs, runs: number): Promise<number> {
  const generator = await WebAssembly.compile(readFileSync(wasm));
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await timed(() => computeWitness(generator, inputs)));
  return median(times);
}
