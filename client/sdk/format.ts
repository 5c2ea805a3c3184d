// How numbers are written for people: all that programs print goes through here. What scripts read is JSON, whose form
// client/cli/README.md states.
import { formatEther, formatUnits } from "ethers";
import { CASH_DECIMALS, SHARE_DECIMALS } from "./units.ts";

/** From a string to keep every digit; nothing that rounds to 0 has a sign. */
const written = (value: number | string, least: number, most = least): string =>
  new Intl.NumberFormat("en-US", {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
    signDisplay: "negative",
  }).format(value as Intl.StringNumericLiteral);
const inDollars = (text: string): string => (text.startsWith("-") ? `-$${text.slice(1)}` : `$${text}`);

/** "$1,234.50". @param most decimals beyond cents, where they say something */
export const usd = (microUsd: bigint, most = 2): string =>
  inDollars(written(formatUnits(microUsd, CASH_DECIMALS), 2, Math.max(2, most)));
/** "$1,235", for what is large or a model's. */
export const wholeUsd = (dollars: number): string => inDollars(written(dollars, 0));
/** "12.5 shares", from their smallest unit. */
export const shares = (units: bigint): string => {
  const amount = written(formatUnits(units, SHARE_DECIMALS), 0, 6);
  return `${amount} ${amount === "1" ? "share" : "shares"}`;
};
/** "0.01234", four digits that count. */
export const ether = (wei: bigint): string => Number(formatEther(wei)).toPrecision(4);
export const gwei = (wei: bigint): string => formatUnits(wei, "gwei");

/** "1,234,567". @param least decimals, @param most those that say something */
export const number = (value: number | bigint, least = 0, most = least): string => written(String(value), least, most);
/** "1 vault", "1,234 vaults" */
export const count = (value: number | bigint, one: string, many = `${one}s`): string =>
  `${number(value)} ${BigInt(value) === 1n ? one : many}`;
/** "12.3 %". @param share of 1 */
export const percent = (share: number, decimals = 1): string => `${written(100 * share, decimals)} %`;
export const percentOfPpb = (ppb: bigint, decimals: number): string => percent(Number(ppb) / 1e9, decimals);

/** "2026-11-30T20:00:00Z". @param seconds since 1970 */
export const instant = (seconds: number | bigint): string =>
  new Date(Number(seconds) * 1_000).toISOString().replace(".000", "");
/** "2026-11-30". @param seconds since 1970 */
export const date = (seconds: number): string => instant(seconds).slice(0, 10);
/** A commitment or another number of a field as hexadecimal of 32 bytes. */
export const hash = (word: bigint): string => `0x${word.toString(16).padStart(64, "0")}`;
/** The beginning of a hash or an address, where it is only to be told from others. */
export const short = (hex: string): string => `${hex.slice(0, 10)}…`;
