// The deployment file: where a market's contracts are. What the deployers write and everything else reads.
import { readFileSync, writeFileSync } from "node:fs";
import { isAddress } from "ethers";
import { profiles } from "../../prover/profile.ts";
import type { ProfileName } from "../../prover/profile.ts";
import { TacitError } from "../sdk/errors.ts";

/** A listed spot slot. */
export interface SlotInfo {
  /** Of the underlying, as in price data: "ETH". */
  symbol: string;
  token: string;
  /** Of the token. */
  decimals: number;
  /** Smallest token units in one lot, decimal. */
  lotSize: string;
  /** Lots. */
  orderCap: number;
  positionCap: number;
  /** Price feed of the underlying, USD. */
  feed: string;
  /** Uniswap v3 pool of cash and the token, and its fee in millionths. */
  pool: string;
  poolFeePips: number;
  /** Tokens an epoch, where the price data has no volume. */
  assumedVolumeTokens: number;
}

/** How a local chain replays market history: the data's hour h is seen at startTimestamp + h·secondsPerHour. */
export interface Replay {
  /** Chain time, seconds since 1970. */
  startTimestamp: number;
  secondsPerHour: number;
  /** Age at which the oracle refuses a snapshot. */
  maxAgeSeconds: number;
}

const ADDRESSES = [
  "accessManager",
  "cash",
  "market",
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
  readonly schema: 1;
  readonly chainId: number;
  readonly profile: ProfileName;
  /** Block from which the market's events are to be read. */
  readonly deployBlock: number;
  /** One for each slot of the profile; null where nothing is listed. */
  readonly slots: readonly (SlotInfo | null)[];
  readonly replay: Replay;
}

/** @throws TacitError `NO_DEPLOYMENT`, `BAD_DEPLOYMENT` */
export function readDeployment(path: string): Deployment {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new TacitError("NO_DEPLOYMENT", `there is no deployment file ${path}; name one that the deployer wrote`);
  }
  const bad = (what: string): TacitError => new TacitError("BAD_DEPLOYMENT", `${path} is no deployment file: ${what}`);
  let found: Deployment;
  try {
    found = JSON.parse(text) as Deployment;
  } catch {
    throw bad("it is not JSON");
  }
  if (found.schema !== 1) throw bad("its schema is not 1");
  if (!Number.isSafeInteger(found.chainId) || !Number.isSafeInteger(found.deployBlock)) throw bad("chainId and deployBlock must be integers");
  if (!Object.hasOwn(profiles, found.profile)) throw bad(`profile must be one of ${Object.keys(profiles).join(", ")}`);
  for (const name of ADDRESSES) if (!isAddress(found[name])) throw bad(`${name} must be an address`);
  if (!Array.isArray(found.slots) || found.slots.length !== profiles[found.profile].slots) {
    throw bad(`slots must list all ${profiles[found.profile].slots} slots, null where nothing is listed`);
  }
  if (typeof found.replay !== "object") throw bad("replay is missing");
  return found;
}

export function writeDeployment(path: string, deployment: Deployment): void {
  writeFileSync(path, `${JSON.stringify(deployment, null, 2)}\n`);
}
