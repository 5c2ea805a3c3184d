// The deployment file: where a market's contracts are. What the deployers write and everything else reads.
import { formatUnits, isAddress } from "ethers";
import { profiles } from "../../prover/index.ts";
import type { Listed, OptionTerms, ProfileName } from "../../prover/index.ts";
import { TacitError } from "./errors.ts";

/** A listed slot. */
export type SlotInfo = SpotSlot | PerpSlot | OptionSlot;

interface SlotBase extends Listed {
  /** Lots. */
  positionCap: number;
  /** Price feed of the underlying, USD. */
  feed: string;
  /** What trades the slot at its venue. */
  adapter: string;
}

/** On Uniswap v3. */
export interface SpotSlot extends SlotBase {
  kind: "spot";
  token: string;
  /** The token's decimals. */
  decimals: number;
  /** Pool of cash and the token, and its fee in millionths. */
  pool: string;
  poolFeePips: number;
}

/** On Curie. */
export interface PerpSlot extends SlotBase {
  kind: "perp";
  /** Curie's name of the perp. */
  baseToken: string;
}

/** On Lyra: the terms of the running series, which `MarketChain.slots` reads anew. */
export interface OptionSlot extends SlotBase, OptionTerms {
  kind: "option";
  /** Lyra's market of all options on the underlying. */
  optionMarket: string;
}

/** In the order of the contracts' `SlotKind`, after `None`. */
export const SLOT_KINDS = ["spot", "perp", "option"] as const;
export const VENUES: Readonly<Record<SlotInfo["kind"], string>> = { spot: "Uniswap v3", perp: "Curie", option: "Lyra" };

/** What people call the instrument: "ETH", "ETH-PERP", "ETH-27NOV-2000-C" (a call struck at $2,000). */
export function instrumentName(slot: SlotInfo): string {
  if (slot.kind === "spot") return slot.symbol;
  if (slot.kind === "perp") return `${slot.symbol}-PERP`;
  const [, day, month] = new Date(slot.expiry * 1000).toUTCString().split(" ") as [string, string, string];
  return `${slot.symbol}-${Number(day)}${month.toUpperCase()}-${formatUnits(slot.strikeMicroUsd, 6).replace(/\.0$/, "")}-${slot.isCall ? "C" : "P"}`;
}

/** The version of the file's form: since 2 it has no replay's clock. */
const SCHEMA = 2;

const ADDRESSES = [
  "accessManager",
  "cash",
  "market",
  "desk",
  "lens",
  "snapshotOracle",
  "committeeRegistry",
  "verifierRegistry",
  "verifier",
  "vaultFactory",
  "uniswapAdapter",
  "uniswapFactory",
  "uniswapRouter",
] as const;

export interface Deployment extends Readonly<Record<(typeof ADDRESSES)[number], string>> {
  readonly schema: typeof SCHEMA;
  readonly chainId: number;
  readonly profile: ProfileName;
  /** Block from which the market's events are to be read. */
  readonly deployBlock: number;
  /** One for each slot of the profile; null where nothing is listed. */
  readonly slots: readonly (SlotInfo | null)[];
}

/**
 * @param name of the file, for its reader
 * @throws TacitError `BAD_DEPLOYMENT`, `OLD_DEPLOYMENT`
 */
export function parseDeployment(text: string, name: string): Deployment {
  const bad = (what: string): TacitError => new TacitError("BAD_DEPLOYMENT", `${name} is no deployment file: ${what}`);
  let found: Deployment;
  try {
    found = JSON.parse(text) as Deployment;
  } catch {
    throw bad("it is not JSON");
  }
  if ((found.schema as number) === 1)
    throw new TacitError(
      "OLD_DEPLOYMENT",
      `${name} has schema 1, this version reads schema ${SCHEMA}: deploy anew, or set "schema": ${SCHEMA}, take "replay" out and put its startTimestamp and secondsPerHour into a file of their own for tacit reporter run --replay`,
    );
  if (found.schema !== SCHEMA) throw bad(`its schema is not ${SCHEMA}`);
  if (!isCount(found.chainId) || !isCount(found.deployBlock))
    throw bad("chainId and deployBlock must be whole numbers");
  if (!Object.hasOwn(profiles, found.profile)) throw bad(`profile must be one of ${Object.keys(profiles).join(", ")}`);
  for (const field of ADDRESSES) if (!isAddress(found[field])) throw bad(`${field} must be an address`);
  if (!Array.isArray(found.slots) || found.slots.length !== profiles[found.profile].slots) {
    throw bad(`slots must list all ${profiles[found.profile].slots} slots, null where nothing is listed`);
  }
  for (const [i, slot] of found.slots.entries()) {
    const wrong = slot === null ? undefined : wrongField(slot as unknown as Record<string, unknown>);
    if (wrong !== undefined) throw bad(`slot ${i}: ${wrong}`);
  }
  return found;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isAmount = (value: unknown): boolean => typeof value === "string" && /^[1-9][0-9]*$/.test(value);
const isPositive = (value: unknown): boolean => typeof value === "number" && value > 0;
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isBit = (value: unknown): boolean => typeof value === "boolean";

type Test = readonly [holds: (value: unknown) => boolean, what: string];
const ADDRESS: Test = [isAddress, "an address"];
const COUNT: Test = [isCount, "a whole number"];
const AMOUNT: Test = [isAmount, "a whole number above 0 in quotes"];
const COMMON_FIELDS: Record<string, Test> = {
  symbol: [isText, "the symbol of the underlying"],
  lotSize: AMOUNT,
  orderCap: COUNT,
  positionCap: COUNT,
  feed: ADDRESS,
  adapter: ADDRESS,
  assumedVolumeTokens: [isPositive, "a number above 0"],
};
const FIELDS: Readonly<Record<SlotInfo["kind"], Record<string, Test>>> = {
  spot: { ...COMMON_FIELDS, token: ADDRESS, decimals: COUNT, pool: ADDRESS, poolFeePips: COUNT },
  perp: { ...COMMON_FIELDS, baseToken: ADDRESS },
  option: {
    ...COMMON_FIELDS,
    optionMarket: ADDRESS,
    strikeMicroUsd: AMOUNT,
    expiry: COUNT,
    isCall: [isBit, "true or false"],
  },
};

/** What is wrong with a slot, if anything. */
function wrongField(slot: Record<string, unknown>): string | undefined {
  const kind = slot["kind"] as SlotInfo["kind"];
  if (!SLOT_KINDS.includes(kind)) return `kind must be one of ${SLOT_KINDS.join(", ")}`;
  const wrong = Object.entries(FIELDS[kind]).find(([name, [holds]]) => !holds(slot[name]));
  return wrong && `${wrong[0]} must be ${wrong[1][1]}`;
}
