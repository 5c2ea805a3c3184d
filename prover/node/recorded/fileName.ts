import { ReplayError } from "../../data/errors.ts";

/** Dollars that prices may be in, longest names first. */
const DOLLARS = ["FDUSD", "USDT", "USDC", "TUSD", "BUSD", "DAI", "USD"];
/** Assets that look like another one in TUSD or BUSD where their pair is with USD: BNBUSD is no BN. */
const ENDING_LIKE_DOLLARS = new Set(
  "ANT APT BAT BIT BNB BTT DENT DOT FET FTT GMT GRT HNT IOT JST LIT LPT MNT NFT ONT QNT SHIB SNT TRB USDT WBT XBT".split(
    " ",
  ),
);
/** Read both ways: Arweave in BUSD, Arbitrum in USD. */
const READ_BOTH_WAYS = new Set(["ARBUSD"]);
/** What pairs are quoted in that is no dollar, with no separator before it. */
const OTHER_QUOTES =
  /^(?:BTC|XBT|ETH|SOL|BNB|LINK|LTC|AAVE|UNI|XRP|ADA|DOGE|DOT|AVAX|TRX)(EUR|GBP|JPY|KRW|TRY|BRL|AUD|CHF|CAD|BTC|XBT|ETH|BNB)$/;
/** Words of file names that say what is in the file, not of which asset. */
const ABOUT = new Set(
  "PERP PERPETUAL SWAP SPOT FUTURE FUTURES FUNDING FUNDINGRATE RATE RATES HISTORY PRICE PRICES OHLC OHLCV KLINE KLINES CANDLE CANDLES HOURLY DVOL IV VOL VOLATILITY INDEX".split(
    " ",
  ),
);
/** Dates and intervals: 2025, 01, 60, 1h. */
const NUMBERED = /^\d+(?:S|M|MIN|H|HR|D|W)?$/;
const INTERVAL_BEHIND = /^[A-Z]{2,}\d+(?:M|MIN|H|D|W)$/;

/**
 * The asset that a file is of: what stands before dollars in its name (`BTC-USDT.csv`, `Binance_BTCUSDT_1h.csv.gz`), or
 * all of the name but words that say what is in the file (`eth.csv`, `BTC_1h.csv`).
 * @throws ReplayError `bad-name` for a name that says no asset, or one in other money than dollars
 */
export function assetOf(file: string): string {
  const parts = file
    .replace(/\.csv(\.gz)?$/i, "")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((part) => part !== "");
  for (const [i, part] of parts.entries()) {
    const before = parts[i - 1];
    if (DOLLARS.includes(part) && before !== undefined && !ABOUT.has(before)) return plain(before, file);
    const base = baseOf(part, file);
    if (base !== undefined) return plain(base, file);
  }
  const named = parts.filter((part) => !ABOUT.has(part) && !NUMBERED.test(part));
  const [only] = named.length === 0 && parts.length === 1 ? parts : named;
  if (only === undefined || named.length > 1)
    throw bad(
      file,
      "does not say of which asset it is: name it after its pair, such as ETH-USDT.csv, or asset, ETH.csv",
    );
  return plain(only, file);
}

/** Files by the asset they are of, in their order. @throws ReplayError as `assetOf` */
export function byAsset(files: readonly string[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const file of files) {
    const asset = assetOf(file);
    found.set(asset, [...(found.get(asset) ?? []), file]);
  }
  return found;
}

/** What stands before dollars in a pair without a separator; undefined if it ends with no dollars. */
function baseOf(part: string, file: string): string | undefined {
  if (READ_BOTH_WAYS.has(part))
    throw bad(file, "can be read as AR in BUSD and as ARB in USD: write a hyphen, AR-BUSD.csv or ARB-USD.csv");
  const bases = DOLLARS.filter((quote) => part.length > quote.length && part.endsWith(quote)).map((quote) =>
    part.slice(0, -quote.length),
  );
  return bases.find((base) => ENDING_LIKE_DOLLARS.has(base)) ?? bases[0];
}

/** An asset under the name that everybody has for it. */
function plain(base: string, file: string): string {
  const other = OTHER_QUOTES.exec(base)?.[1];
  if (other !== undefined) throw bad(file, `is a pair in ${other}: prices must be in dollars`);
  if (INTERVAL_BEHIND.test(base))
    throw bad(file, `would be the asset ${base}: write the interval apart, such as ETH_1h.csv`);
  const found = /^X([A-Z]{3})Z$/.exec(base)?.[1] ?? base.replace(/^(.{2,})PERP$/, "$1");
  return found === "XBT" ? "BTC" : found;
}

const bad = (file: string, what: string): ReplayError =>
  new ReplayError("bad-name", `the file's name ${what}`, { file });
