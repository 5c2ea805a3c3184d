import { openBatch, setHashOf, sumShares } from "../../prover/committee/sums.ts";
import type { FrozenBatch } from "../../prover/committee/sums.ts";
import { profiles } from "../../prover/format/profile.ts";
import { randomBatch } from "../../test/support/scenario.ts";
import type { Section } from "../section.ts";
import { median, rounded, slope, timed } from "../statistics.ts";

/** Submissions of the batches measured. */
const BATCHES = [4, 32, 128];

interface Figures {
  readonly profile: string;
  readonly runs: number;
  /** Slope over the batches: what one vault more costs a member each epoch. */
  readonly msPerVault: number;
  readonly batches: readonly {
    readonly vaults: number;
    /** A member's sums, with the set hash it checks first. */
    readonly sumMs: number;
    /** The keeper's opening of all groups from T_ORDER + 1 statements. */
    readonly openMs: number;
  }[];
}

/** What a batch costs those who open it, on one thread. */
export const committee: Section<Figures> = {
  async measure({ profile: name, runs, progress }) {
    const profile = profiles[name];
    const task = progress.start(`committee: batches of ${BATCHES.join(", ")} vaults`);
    const { batch, committee: keys } = randomBatch(profile, 1, Math.max(...BATCHES));
    const sum = (part: FrozenBatch, member: number) =>
      sumShares(profile, part, setHashOf(part), member, keys[member - 1]!);
    const openers = Array.from({ length: profile.orderDegree + 1 }, (_, j) => j + 1);
    sum(batch, 1); // lets the engine compile what the smallest batch alone would not

    const batches = [];
    for (const vaults of BATCHES) {
      const part = { ...batch, submissions: batch.submissions.slice(0, vaults) };
      const setHash = setHashOf(part);
      const statements = openers.map((member) => sum(part, member));
      const sums: number[] = [];
      const opens: number[] = [];
      for (let run = 0; run < runs; run++) {
        sums.push(await timed(() => sumShares(profile, part, setHash, 1, keys[0]!)));
        opens.push(await timed(() => openBatch(profile, part, statements)));
      }
      batches.push({ vaults, sumMs: rounded(median(sums)), openMs: rounded(median(opens)) });
    }
    task.end();
    return {
      profile: name,
      runs,
      msPerVault: rounded(slope(batches.map(({ vaults, sumMs }) => [vaults, sumMs]))),
      batches,
    };
  },

  summary: ({ msPerVault }) => ({ msPerVault }),

  tables: ({ profile, msPerVault, batches }) => [
    {
      title: `Committee, ${profile}`,
      columns: ["vaults", "a member's sums, ms", "opening all groups, ms"],
      rows: batches.map(({ vaults, sumMs, openMs }) => [vaults, sumMs, openMs]),
      notes: [`Each vault more costs a member ${msPerVault} ms an epoch.`],
    },
  ],
};
