import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadFolder, loadSeries } from "../../prover/node/recorded/csv.ts";
import { modelPath } from "../../prover/data/model.ts";
import { SECONDS_PER_HOUR } from "../../prover/base/time.ts";
import type { HourlySeries, PricePath } from "../../prover/data/path.ts";
import { formatUtc } from "../../prover/data/time.ts";
import { count, percent, usd, wholeUsd } from "../../client/sdk/format.ts";
import { buildContracts } from "../section.ts";
import type { Bench, Section } from "../section.ts";
import type { SlotResult, SoakResult } from "../soak/replay.ts";
import type { Table } from "../table.ts";

/** Each has its own slots for longs and shorts. */
const ASSETS = ["ETH", "BTC"];
/** Where they begin, the crash within a day; folders beside that of the hourly perps. */
const EPISODES = [
  { name: "March 2020", folder: "spot-hourly", from: "2020-03-12T00:00Z" },
  { name: "May 2021", folder: "perp-hourly", from: "2021-05-19T00:00Z" },
];
/** How prices move within an hour, and how often keepers look at margins. The first is what keepers do. */
const WAYS = [
  { name: "hour's move spread over it, looked at every 15 minutes", looks: 4, jumps: false },
  { name: "hour's move in its first quarter, looked at every 15 minutes", looks: 4, jumps: true },
  { name: "hour's move spread over it, looked at once an epoch", looks: 1, jumps: false },
] as const;
const WINDOWS_HOURS = [1, 3, 6, 12, 24];

interface Run {
  readonly episode: string;
  readonly way: string;
  readonly result: SoakResult;
  /** When the path's first hour begins. */
  readonly startUtc: number;
}

/** Largest moves of an asset within so many hours or fewer, close to close, as a part of the price before. */
interface Move {
  readonly asset: string;
  readonly hours: number;
  readonly fall: number;
  readonly rise: number;
}

interface Figures {
  readonly data: string;
  readonly moves: readonly Move[];
  readonly runs: readonly Run[];
}

/**
 * What becomes of the market's accounts at Curie in the worst hours on record, long and short near the position cap.
 */
export const soak: Section<Figures> = {
  async measure({ hours, data, brief, progress }: Bench) {
    const spot = data === undefined ? "" : join(data, "..", "spot-hourly");
    const series = data === undefined ? modelled(modelPath({ hours: 8_760 })) : loadSeries(data);
    if (existsSync(spot)) series.push(...loadSeries(spot).map((one) => ({ ...one, asset: `${one.asset} spot` })));
    const paths =
      data === undefined
        ? []
        : EPISODES.map(({ folder, ...episode }) => ({ ...episode, folder: join(data, "..", folder) })).filter(
            ({ folder }) => existsSync(folder),
          );
    const episodes: { name: string; path: PricePath }[] = paths.map(({ name, folder, from }) => ({
      name,
      path: loadFolder(folder, ASSETS, { from, hours: hours + 1 }),
    }));
    if (episodes.length === 0)
      episodes.push({ name: "price model", path: modelPath({ assets: ASSETS, hours: hours + 1 }) });
    await buildContracts();
    const { soak: run } = await import("../soak/replay.ts");
    const runs: Run[] = [];
    for (const { name, path } of episodes) {
      for (const way of brief ? [WAYS[0]] : WAYS) {
        const task = progress.start(`soak: ${path.hours - 1} hours, ${name}, ${way.name}`);
        const result = await run({
          path,
          looks: way.looks,
          jumps: way.jumps,
          onHour: (hour) => task.update(hour, path.hours - 1),
        });
        task.end();
        runs.push({ episode: name, way: way.name, result, startUtc: path.at(0).timeUtc });
      }
    }
    return { data: episodes.map(({ path }) => path.description).join("; "), moves: series.flatMap(movesOf), runs };
  },

  summary: ({ moves, runs }) => ({
    runs: runs.map(({ episode, way, result }) => ({
      episode,
      way,
      hours: result.hours,
      lowestHealthBps: Math.min(...result.slots.map(({ lowestHealthBps }) => lowestHealthBps)),
      topUps: total(result, "topUps"),
      toppedUpUsd: Math.round(total(result, "toppedUpUsd")),
      liquidations: liquidated(result).length,
      insuranceLowUsd: Math.round(result.insuranceLowUsd),
      haltedHours: result.halted,
      cleared: result.cleared,
      failures: result.failures,
    })),
    moves,
  }),

  tables: ({ data, moves, runs }) => [
    ...runs.map(runTable),
    {
      title: "Largest moves on record",
      columns: ["asset", ...WINDOWS_HOURS.map((hours) => `${hours} h`)],
      rows: [...Map.groupBy(moves, ({ asset }) => asset)].map(([asset, own]) => [
        asset,
        ...own.map(({ fall, rise }) => `${percent(fall)} / ${percent(rise)}`),
      ]),
      notes: ["Fall and rise, from one hour's close to another's.", `Soaked in: ${data}.`],
    },
  ],
};

function runTable({ episode, way, result, startUtc }: Run): Table {
  const { hours, slots, cleared, failures, halted, insuranceLowUsd, imbalanceMicroUsd, offPrice } = result;
  const failed = Object.entries(failures).map(([reason, count]) => `${count} ${reason}`);
  return {
    title: `${episode}, ${hours} hours, ${way}`,
    columns: ["account", "lowest health", "when", "top-ups", "$ sent", "most at Curie, $", "liquidated"],
    rows: slots.map(
      ({
        slot: { symbol, side },
        lowestHealthBps,
        lowestHour,
        topUps,
        toppedUpUsd,
        mostAtVenueUsd,
        liquidatedHour,
      }) => [
        `${symbol} ${side > 0n ? "long" : "short"}`,
        `${Math.round(lowestHealthBps / 100)} %`,
        formatUtc(startUtc + lowestHour * SECONDS_PER_HOUR),
        String(topUps),
        Math.round(toppedUpUsd),
        Math.round(mostAtVenueUsd),
        liquidatedHour === undefined ? "no" : formatUtc(startUtc + liquidatedHour * SECONDS_PER_HOUR),
      ],
    ),
    notes: [
      `${cleared} orders cleared; failed: ${failed.length === 0 ? "none" : failed.join(", ")}; the breaker stopped ${count(halted, "hour")}. Insurance account at its lowest ${wholeUsd(insuranceLowUsd)} of $1,000,000.`,
      `Books against holdings in the end: ${usd(BigInt(imbalanceMicroUsd), 6)} off. Pools that arbitrageurs could not bring to their price: ${offPrice}.`,
    ],
  };
}

const total = ({ slots }: SoakResult, what: "topUps" | "toppedUpUsd"): number =>
  slots.reduce((sum, slot) => sum + slot[what], 0);
const liquidated = ({ slots }: SoakResult): SlotResult[] =>
  slots.filter(({ liquidatedHour }) => liquidatedHour !== undefined);

function movesOf({ asset, times, closes }: HourlySeries): Move[] {
  return WINDOWS_HOURS.map((hours) => {
    let [fall, rise] = [0, 0];
    for (let i = 1; i < closes.length; i++) {
      for (let before = i - 1; before >= 0 && times[i]! - times[before]! <= hours * SECONDS_PER_HOUR; before--) {
        const move = closes[i]! / closes[before]! - 1;
        fall = Math.min(fall, move);
        rise = Math.max(rise, move);
      }
    }
    return { asset, hours, fall, rise };
  });
}

const modelled = (path: PricePath): HourlySeries[] =>
  path.assets.map((asset) => {
    const hours = Array.from({ length: path.hours }, (_, i) => path.at(i));
    return {
      asset,
      source: path.description,
      times: hours.map(({ timeUtc }) => timeUtc),
      closes: hours.map(({ prices }) => prices[asset]!),
    };
  });
