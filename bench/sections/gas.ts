import { buildContracts, builtCircuit } from "../section.ts";
import type { Section } from "../section.ts";
import { openProvingBackend } from "../../prover/node.ts";
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
    const [{ liveThrough, openMarket }, { gasOfSteps }] = await Promise.all([
      import("../gas/story.ts"),
      import("../gas/steps.ts"),
    ]);
    const market = await openMarket(profile, circuit);
    try {
      await liveThrough(market, openProvingBackend(circuit));
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
const rank = (step: string): number =>
  ["vault.", "factory.", "oracle.", "committee.", "verifiers.", "adapter.", "deploy."].findIndex((prefix) =>
    step.startsWith(prefix),
  );
