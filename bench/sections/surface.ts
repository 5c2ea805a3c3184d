import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDeribitChain } from "../../prover/node/recorded/deribit.ts";
import type { ChainSide } from "../../prover/node/recorded/deribit.ts";
import type { OptionChain } from "../../prover/surface/quotes.ts";
import { modelPath } from "../../prover/data/model.ts";
import { modelChain } from "../../prover/data/optionModel.ts";
import { SECONDS_PER_DAY, SECONDS_PER_YEAR } from "../../prover/base/time.ts";
import { fitSurface, misfitOf } from "../../prover/surface/fitSurface.ts";
import { screenQuotes } from "../../prover/surface/quotes.ts";
import { date } from "../../client/sdk/format.ts";
import type { Section } from "../section.ts";
import type { Table } from "../table.ts";
import { decimals, rounded, timed } from "../statistics.ts";

/** The folder of recorded chains, beside that of the hourly prices. */
const FOLDER = "deribit";
/** When the chains were taken that do not say so themselves. */
const TAKEN: Readonly<Record<string, string>> = { "btc_chain_greeks_2026-03.csv": "2026-03-01T13:49:02Z" };
const MODEL_HOURS = 1_000;

interface ExpiryFigures {
  readonly expiry: string;
  readonly days: number;
  readonly strikes: number;
  readonly rmseVolPoints: number;
  readonly vegaRmseVolPoints: number;
  readonly worstVolPoints: number;
  readonly withinSpread: number;
  /** Against the exchange's marks of all strikes, weighted with vega; null where it publishes none. */
  readonly marksVolPoints: number | null;
}

interface ChainFigures {
  readonly name: string;
  readonly fitMs: number;
  readonly inForce: boolean;
  readonly expiries: readonly ExpiryFigures[];
  readonly refusedExpiries: readonly { expiry: string; reason: string; message: string }[];
  readonly refusedQuotes: Readonly<Record<string, number>>;
  /** Over all strikes. */
  readonly rmseVolPoints: number;
  readonly vegaRmseVolPoints: number;
  readonly worstVolPoints: number;
}

interface Figures {
  readonly recorded: boolean;
  readonly chains: readonly ChainFigures[];
}

/** How closely the volatility surface fits option chains. */
export const surface: Section<Figures> = {
  async measure({ data, progress }) {
    const task = progress.start("surface: fitting option chains");
    const folder = data === undefined ? undefined : join(data, "..", FOLDER);
    const recorded = folder !== undefined && existsSync(folder);
    const chains = [];
    if (recorded) {
      for (const file of readdirSync(folder)
        .filter((name) => name.endsWith(".csv"))
        .sort()) {
        const read = (side: ChainSide) =>
          parseDeribitChain(readFileSync(join(folder, file), "utf8"), file, side, TAKEN[file]);
        chains.push(await measureChain(file, read("market"), read("mark")));
      }
    } else {
      chains.push(
        await measureChain("modelled ETH chain", modelChain(modelPath({ hours: MODEL_HOURS }), "ETH", MODEL_HOURS - 1)),
      );
    }
    task.end();
    return { recorded, chains };
  },

  summary: ({ recorded, chains }) => ({
    recorded,
    chains: Object.fromEntries(
      chains.map(({ name, inForce, rmseVolPoints, vegaRmseVolPoints, worstVolPoints, refusedExpiries }) => [
        name,
        { inForce, rmseVolPoints, vegaRmseVolPoints, worstVolPoints, refusedExpiries: refusedExpiries.length },
      ]),
    ),
  }),

  tables: ({ recorded, chains }) => chains.map((chain) => chainTable(chain, recorded)),
};

async function measureChain(
  name: string,
  { asOfUtc, quotes }: OptionChain,
  marks?: OptionChain,
): Promise<ChainFigures> {
  let fit!: ReturnType<typeof fitSurface>;
  const fitMs = rounded(await timed(() => (fit = fitSurface(asOfUtc, quotes))));
  const marked = marks && screenQuotes(asOfUtc, marks.quotes).expiries;
  const expiries = fit.slices.map(({ expiryUtc, slice, strikes, withinSpread, ...misfit }): ExpiryFigures => {
    const points = marked?.get(expiryUtc);
    return {
      expiry: date(expiryUtc),
      days: rounded((expiryUtc - asOfUtc) / SECONDS_PER_DAY),
      strikes,
      rmseVolPoints: hundredths(misfit.rmseVolPoints),
      vegaRmseVolPoints: hundredths(misfit.vegaRmseVolPoints),
      worstVolPoints: hundredths(misfit.worstVolPoints),
      withinSpread,
      marksVolPoints: points
        ? hundredths(misfitOf(slice, points, (expiryUtc - asOfUtc) / SECONDS_PER_YEAR).vegaRmseVolPoints)
        : null,
    };
  });
  const refusedQuotes: Record<string, number> = {};
  for (const { fault } of fit.refusedQuotes) refusedQuotes[fault] = (refusedQuotes[fault] ?? 0) + 1;
  const strikes = fit.slices.reduce((sum, slice) => sum + slice.strikes, 0);
  const pooled = (of: "rmseVolPoints" | "vegaRmseVolPoints") =>
    hundredths(Math.sqrt(fit.slices.reduce((sum, slice) => sum + slice.strikes * slice[of] ** 2, 0) / strikes));
  return {
    name,
    fitMs,
    expiries,
    refusedQuotes,
    inForce: fit.surface !== undefined,
    refusedExpiries: [...fit.refused, ...fit.skipped].map(({ expiryUtc, reason, message }) => ({
      expiry: date(expiryUtc),
      reason,
      message,
    })),
    rmseVolPoints: pooled("rmseVolPoints"),
    vegaRmseVolPoints: pooled("vegaRmseVolPoints"),
    worstVolPoints: Math.max(...expiries.map(({ worstVolPoints }) => worstVolPoints)),
  };
}

function chainTable(chain: ChainFigures, recorded: boolean): Table {
  const { name, expiries, refusedExpiries, refusedQuotes, inForce, fitMs } = chain;
  const faults = Object.entries(refusedQuotes)
    .map(([fault, count]) => `${count} ${fault}`)
    .join(", ");
  return {
    title: `Volatility surface, ${name}`,
    columns: [
      "expiry",
      "days",
      "strikes",
      "RMSE, vol points",
      "by vega",
      "worst",
      "within the spread",
      "from marks, by vega",
    ],
    rows: expiries.map((row) => [
      row.expiry,
      row.days,
      row.strikes,
      row.rmseVolPoints,
      row.vegaRmseVolPoints,
      row.worstVolPoints,
      row.withinSpread,
      row.marksVolPoints,
    ]),
    notes: [
      ...(recorded
        ? []
        : [
            "There is no folder deribit beside --data: this chain comes from the price model, and the error is that of its rounding.",
          ]),
      `All strikes: RMSE ${chain.rmseVolPoints}, by vega ${chain.vegaRmseVolPoints}, worst ${chain.worstVolPoints} volatility points; fitted in ${fitMs} ms. The surface is ${inForce ? "accepted" : "refused"}.`,
      ...refusedExpiries.map(({ expiry, reason, message }) => `Without ${expiry} (${reason}): ${message}.`),
      `Quotes left out: ${faults || "none"}.`,
    ],
  };
}

const hundredths = (value: number): number => decimals(value, 2);
