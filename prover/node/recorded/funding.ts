import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { FUNDING_INTERVAL_SECONDS, USUAL_FUNDING_PPB, usualFunding } from "../../data/funding.ts";
import type { Funding } from "../../data/funding.ts";
import { readText } from "./csv.ts";
import { ReplayError } from "../../data/errors.ts";
import { parseUtc } from "../../data/time.ts";

const HOURS = FUNDING_INTERVAL_SECONDS / 3_600;

/**
 * Funding as the folder's files have it; the usual rate without a folder.
 * @param assets the assets of the prices it goes with: a folder that has none of them is the wrong one
 * @throws ReplayError
 */
export function openFunding(folder?: string, assets?: readonly string[]): Funding {
  if (folder === undefined) return usualFunding;
  const funding = loadFunding(folder);
  const known = funding.recorded ?? [];
  if (assets !== undefined && !known.some((symbol) => assets.includes(symbol))) {
    throw new ReplayError(
      "unknown-asset",
      `${folder} has funding of ${known.join(", ")}, the prices are of ${assets.join(", ")}; name files by their perp, such as ETH-USDT.csv`,
    );
  }
  return funding;
}

/**
 * Funding from a folder of CSV files with the columns `Date` and `Funding Rate` (a fraction per interval of eight hours, paid at
 * its stamp), named by their perp: `BTC-USDT_binance_….csv.gz`. Of several files of one perp the first by name counts; where
 * there is no stamp within the eight hours to come, the usual rate does.
 * @param stampOffsetHours what the stamps are ahead of UTC
 * @throws ReplayError naming the file
 */
export function loadFunding(folder: string, stampOffsetHours = 3): Funding {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new ReplayError("no-folder", `there is no folder ${folder}; give one that holds funding CSV files`);
  const rates = new Map<string, Map<number, bigint>>();
  for (const file of readdirSync(folder)
    .filter((name) => /\.csv(\.gz)?$/i.test(name))
    .sort()) {
    const symbol = file.split(/[-_]/)[0]!.toUpperCase();
    if (rates.has(symbol)) continue;
    const own = new Map<number, bigint>();
    for (const row of parse<Record<string, string>>(readText(path.join(folder, file), file), {
      columns: true,
      skip_empty_lines: true,
    })) {
      const rate = Number(row["Funding Rate"]);
      if (row["Date"] === undefined || row["Funding Rate"] === undefined || !Number.isFinite(rate))
        throw new ReplayError("missing-column", "a line has no Date or no Funding Rate; both columns are needed", {
          file,
        });
      const paid = parseUtc(row["Date"]) - stampOffsetHours * 3_600;
      own.set(Math.round(paid / FUNDING_INTERVAL_SECONDS), BigInt(Math.round((rate * 1e9) / HOURS)));
    }
    if (own.size === 0)
      throw new ReplayError(
        "bad-file",
        "the file has no rates; it needs a line for each interval with the columns Date and Funding Rate",
        { file },
      );
    rates.set(symbol, own);
  }
  if (rates.size === 0) throw new ReplayError("no-series", `${folder} holds no .csv or .csv.gz file of funding`);
  const rateOf = (symbol: string, timeUtc: number): bigint =>
    rates.get(symbol)?.get(Math.ceil(timeUtc / FUNDING_INTERVAL_SECONDS)) ?? USUAL_FUNDING_PPB;
  return Object.assign(rateOf, { recorded: [...rates.keys()] });
}
