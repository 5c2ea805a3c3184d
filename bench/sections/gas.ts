import { spawn } from "node:child_process";
import { packageFile } from "../../circuits/build/paths.ts";
import { builtCircuit } from "../section.ts";
import type { Section } from "../section.ts";
import { median } from "../statistics.ts";

interface Figures {
  readonly profile: string;
  /** Medians. */
  readonly steps: Readonly<Record<string, number>>;
  readonly samples: Readonly<Record<string, number>>;
  readonly uncalled: readonly string[];
}

/** What every call of the contracts costs, with real proofs on a chain in this process. */
export const gas: Section<Figures> = {
  async measure(bench) {
    const { profile, progress } = bench;
    const circuit = await builtCircuit(bench);
    await buildContracts();
    const task = progress.start(`gas (${profile}): a market's life`);
    // Hardhat takes its time to load, and only this section wants it.
    const [{ BenchMarket }, { liveThrough }, { gasOfSteps }] = await Promise.all([
      import("../gas/market.ts"), import("../gas/story.ts"), import("../gas/steps.ts"),
    ]);
    const market = await BenchMarket.open(profile, circuit);
    try {
      await liveThrough(market);
      const { steps, uncalled } = await gasOfSteps(market);
      task.end();
      const sorted = [...steps].sort(([a], [b]) => rank(a) - rank(b));
      return {
        profile,
        steps: Object.fromEntries(sorted.map(([step, values]) => [step, Math.round(median(values))])),
        samples: Object.fromEntries(sorted.map(([step, values]) => [step, values.length])),
        uncalled,
      };
    } finally {
      await market.close();
    }
  },

  summary: ({ steps }) => steps,

  tables: ({ profile, steps, samples, uncalled }) => [
    {
      title: `Gas, ${profile}`,
      columns: ["step", "gas", "transactions"],
      rows: Object.entries(steps).map(([step, value]) => [step, value, samples[step]!]),
      notes: [`Not called by any transaction: ${uncalled.join(", ")}.`],
    },
  ],
};

/** The market's steps first, deployment last. */
const rank = (step: string): number => ["vault.", "factory.", "oracle.", "committee.", "verifiers.", "adapter.", "deploy."].findIndex((prefix) => step.startsWith(prefix));

/** In a process of its own: Hardhat says what it compiles on standard output, which here belongs to the figures. */
function buildContracts(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [packageFile("hardhat", "dist/src/cli.js"), "build"], { stdio: ["ignore", 2, 2] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error("the contracts do not compile; see above"))));
  });
}
