import { SPOT_ASSETS } from "../../client/demo/plan.ts";
import { openReplay } from "../../prover/node.ts";
import { charts, htmlPage } from "../../client/cli/text/htmlPage.ts";
import type { EpochResult, PoolSetting } from "../mev/replay.ts";
import { buildContracts, builtCircuit } from "../section.ts";
import type { Bench, Section } from "../section.ts";
import type { Table } from "../table.ts";

interface NamedSetting extends PoolSetting {
  readonly name: string;
}

/** Those of one fee stand together: they are replayed in one market. */
const SETTINGS: readonly NamedSetting[] = [
  { name: "low fee", depthUsd: 80e6, feePips: 500 },
  { name: "shallow", depthUsd: 20e6, feePips: 3_000 },
  { name: "as in npm start", depthUsd: 400e6, feePips: 3_000 },
];
/**
 * The entry of SETTINGS that `--json` and the page show. In its pools all orders fill in both ways, so earnings
 * compare.
 */
const HEADLINE = 0;
const BAR_LENGTH = 30;

interface Figures {
  /** Where the prices come from. */
  readonly data: string;
  readonly settings: readonly NamedSetting[];
  readonly epochs: readonly EpochResult[];
}

/** What a sandwich bot earns on the same orders, sent naively to the pools and cleared by the market. */
export const mev: Section<Figures> = {
  async measure(bench: Bench) {
    const { epochs, data, brief, progress } = bench;
    const settings = brief ? [SETTINGS[HEADLINE]!] : SETTINGS;
    // Proofs are not what is measured, and how they are made changes nothing of what is.
    const circuit = await builtCircuit({ ...bench, profile: "small" });
    await buildContracts();
    const path = openReplay({ assets: SPOT_ASSETS, hours: epochs + 1, ...(data === undefined ? {} : { data }) });
    if (path.hours <= epochs)
      throw new Error(`the data has ${path.hours} hours, ${epochs + 1} are needed: ask for fewer epochs`);
    const { replayWithBot } = await import("../mev/replay.ts");
    const replays: (readonly EpochResult[])[] = [];
    for (const [feePips, [first, ...others]] of Map.groupBy(settings, (setting) => setting.feePips)) {
      const task = progress.start(`mev: ${epochs} epochs of ${path.description}, fee ${feePips / 1e4} %`);
      replays.push(
        await replayWithBot({
          epochs,
          path,
          circuit,
          settings: [first!, ...others],
          onEpoch: (epoch) => task.update(epoch, epochs),
        }),
      );
      task.end();
    }
    const merged = replays[0]!.map(({ epoch }, e) => ({ epoch, plays: replays.flatMap((replay) => replay[e]!.plays) }));
    return { data: path.description, settings, epochs: merged };
  },

  summary({ epochs }) {
    const perEpoch = epochs.map(({ epoch, plays }) => ({
      epoch,
      naiveUsd: cents(plays[HEADLINE]!.naive.botUsd),
      tacitUsd: cents(plays[HEADLINE]!.tacit.botUsd),
    }));
    const total = (side: "naiveUsd" | "tacitUsd"): number => cents(perEpoch.reduce((sum, one) => sum + one[side], 0));
    return { naiveUsd: total("naiveUsd"), tacitUsd: total("tacitUsd"), perEpoch };
  },

  tables: ({ data, settings, epochs }) => [
    totals(settings, epochs),
    ...settings.map((setting, i) => perEpoch(setting, i, epochs)),
    {
      title: "Orders of the replay",
      columns: ["epoch", "all orders, $", "net of the batch, $"],
      rows: epochs.map(({ epoch, plays }) => [
        String(epoch),
        Math.round(plays[HEADLINE]!.grossUsd),
        Math.round(plays[HEADLINE]!.netUsd),
      ]),
      notes: [`Prices: ${data}. Where pools have another fee, orders differ by what the vaults have paid in charges.`],
    },
  ],

  page: ({ settings, epochs }) =>
    htmlPage("What a sandwich bot earns", [
      charts([
        {
          title: "What it earns an epoch",
          about: `dollars, linear axis; ${describe(settings[HEADLINE]!)}`,
          unit: "dollars",
          bars: true,
          counts: "epoch",
          x: epochs.map(({ epoch }) => epoch),
          lines: [
            { name: "orders sent naively", values: epochs.map(({ plays }) => plays[HEADLINE]!.naive.botUsd) },
            { name: "orders cleared by the market", values: epochs.map(({ plays }) => plays[HEADLINE]!.tacit.botUsd) },
          ],
        },
      ]),
    ]),
};

// Adding 0 makes −0 a plain one.
const cents = (usd: number): number => Math.round(usd * 100) / 100 + 0;
const dollars = (usd: number): number => Math.round(usd) + 0;
const describe = ({ name, depthUsd, feePips }: NamedSetting): string =>
  `${name}: $${depthUsd / 1e6} million a side, fee ${feePips / 1e4} %`;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function totals(settings: readonly NamedSetting[], epochs: readonly EpochResult[]): Table {
  return {
    title: "What the sandwich bot earns in all",
    columns: [
      "pools",
      "naive, $",
      "cleared, $",
      "of it by its vault's fills, $",
      "naive orders filled",
      "cleared orders filled",
    ],
    rows: settings.map((setting, i) => {
      const plays = epochs.map((epoch) => epoch.plays[i]!);
      const grossUsd = sum(plays.map((play) => play.grossUsd));
      const share = (filled: readonly number[]): string => `${Math.round((100 * sum(filled)) / grossUsd)} %`;
      return [
        describe(setting),
        dollars(sum(plays.map(({ naive }) => naive.botUsd))),
        dollars(sum(plays.map(({ tacit }) => tacit.botUsd))),
        dollars(sum(plays.map(({ tacit }) => tacit.ofVaultUsd))),
        share(plays.map(({ naive }) => naive.filledUsd)),
        share(plays.map(({ tacit }) => tacit.filledUsd)),
      ];
    }),
    notes: [`A group that does not clear is not traded at all, and its vaults ask again in the next epoch.`],
  };
}

function perEpoch(setting: NamedSetting, i: number, epochs: readonly EpochResult[]): Table {
  const most = Math.max(...epochs.flatMap(({ plays }) => [plays[i]!.naive.botUsd, plays[i]!.tacit.botUsd]), 0);
  const bar = (usd: number): string => "█".repeat(most > 0 ? Math.round((BAR_LENGTH * Math.max(usd, 0)) / most) : 0);
  return {
    title: `Sandwich bot, ${describe(setting)}`,
    columns: ["epoch", "naive, $", "cleared, $", "naive █, cleared ▒"],
    rows: epochs.map(({ epoch, plays }) => {
      const { naive, tacit } = plays[i]!;
      return [
        String(epoch),
        dollars(naive.botUsd),
        dollars(tacit.botUsd),
        `${bar(naive.botUsd)}${bar(tacit.botUsd).replaceAll("█", "▒")}`,
      ];
    }),
  };
}
