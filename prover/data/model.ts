import { SECONDS_PER_HOUR, HOURS_PER_YEAR } from "../base/time.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { ReplayError } from "./errors.ts";
import { countOf, requireHour, startOf } from "./path.ts";
import type { PathSelection, PricePath } from "./path.ts";
import { formatUtc } from "./time.ts";

/**
 * Prices for whoever has no data: a jump-diffusion with volatility clusters and correlated assets.
 *
 * Hourly log return of asset i (Merton 1976 for the jumps, Bollerslev 1986 for the variance):
 *
 *   r_i     = √h_i·z_i + β_i·J − c_i
 *   z_i     = √ρ·z_market + √(1 − ρ)·z_own          standard normal, pairwise correlation ρ
 *   h_i'    = (1 − α − γ)·h̄_i + α·h_i·z_i² + γ·h_i  GARCH(1,1), at most MAX_VARIANCE·h̄_i
 *   J       = 0, or with probability λ/8760 normal(μ, s), the same jump for all assets
 *   c_i     = h_i/2 + ln(1 + λ/8760·(E e^{β_i·J} − 1))   so that the price is a martingale: no drift to earn
 *
 * β_i = annualVol_i / 0.65, so a jump moves every asset in its own measure. h̄_i is set so that diffusion and
 * jumps together have `annualVol_i`. Volume in dollars is log-normal round dailyVolumeUsd/24 and grows with
 * √(h_i/h̄_i).
 *
 * The constants were fitted by eye to 32,000 hours of eight perps:
 *
 *   of hourly returns              history           model
 *   volatility a year              0.65 to 1.35      as set, within an eighth
 *   correlation of BTC and ETH     0.85              0.76 to 0.78
 *   kurtosis of BTC                19 (others to 65) 13 to 18
 *   autocorrelation of |r|, 1 h    0.28              0.16 to 0.21
 *   the same after a day, a week   0.19, 0.14        0.16, 0.06
 *
 * So the model is calmer in its tails and forgets faster than history: test what must survive a crash on
 * history.
 *
 * Deterministic: the same seed gives the same prices, however many hours or other assets are asked for; hours before
 * the first begin the series, and so shift it. Prices are rounded to micro-dollars.
 */
export interface AssetModel {
  asset: string;
  /** USD per token at the first hour, > 0. */
  startPrice: number;
  /** Volatility a year as a fraction, > 0. */
  annualVol: number;
  /** Average traded volume a day in USD, ≥ 0. */
  dailyVolumeUsd: number;
}

export interface ModelOptions extends PathSelection {
  /** Names from `MODEL_ASSETS` or assets of your own; BTC and ETH when left out. */
  assets?: readonly (string | AssetModel)[];
  /** Any text or number; 1 when left out. */
  seed?: string | number;
}

export const MODEL_ASSETS: readonly AssetModel[] = [
  { asset: "BTC", startPrice: 60_000, annualVol: 0.65, dailyVolumeUsd: 10e9 },
  { asset: "ETH", startPrice: 3_000, annualVol: 0.8, dailyVolumeUsd: 5e9 },
  { asset: "SOL", startPrice: 150, annualVol: 1.3, dailyVolumeUsd: 700e6 },
  { asset: "BNB", startPrice: 500, annualVol: 0.85, dailyVolumeUsd: 400e6 },
  { asset: "LINK", startPrice: 15, annualVol: 1.1, dailyVolumeUsd: 250e6 },
  { asset: "LTC", startPrice: 80, annualVol: 1, dailyVolumeUsd: 250e6 },
  { asset: "AAVE", startPrice: 100, annualVol: 1.2, dailyVolumeUsd: 75e6 },
  { asset: "UNI", startPrice: 8, annualVol: 1.2, dailyVolumeUsd: 75e6 },
];

const CORRELATION = 0.8; // ρ
const REACTION = 0.065; // α
const PERSISTENCE = 0.93; // γ
const MAX_VARIANCE = 25;
const JUMPS_PER_YEAR = 30; // λ
const JUMP_MEAN = -0.01; // μ
const JUMP_DEVIATION = 0.04; // s
const JUMP_REFERENCE_VOL = 0.65;
const VOLUME_DEVIATION = 0.5;
const JUMP_CHANCE = JUMPS_PER_YEAR / HOURS_PER_YEAR;
const DEFAULT_START = Date.UTC(2025, 0, 1) / 1_000;
const DEFAULT_HOURS = HOURS_PER_YEAR;
const MICRO = 1e6;

/**
 * A path from the model. `from` is its first hour (2025-01-01 when left out), `hours` its length (8,760, or up to
 * `to`).
 * @throws ReplayError `unknown-asset`, `duplicate-asset`, `bad-option`, `bad-time` or `no-overlap`.
 */
export function modelPath(options: ModelOptions = {}): PricePath {
  const { seed = 1 } = options;
  const models = (options.assets ?? ["BTC", "ETH"]).map(resolveAsset);
  const assets = models.map((model) => model.asset);
  if (assets.length === 0 || new Set(assets).size !== assets.length) {
    throw new ReplayError("duplicate-asset", `the model needs assets, each once; it was given "${assets.join(", ")}"`);
  }
  const start = options.from === undefined ? DEFAULT_START : startOf(options.from);
  const upTo = options.to === undefined ? undefined : Math.floor((startOf(options.to) - start) / SECONDS_PER_HOUR) + 1;
  if (upTo !== undefined && upTo < 1)
    throw new ReplayError("no-overlap", `the path begins ${formatUtc(start)}: its last hour can't be earlier`);
  const hours = Math.min(upTo ?? Infinity, countOf(options.hours ?? (upTo === undefined ? DEFAULT_HOURS : undefined)));
  const history = options.history ?? 0;
  const times = Array.from({ length: history + hours }, (_, hour) => start + (hour - history) * SECONDS_PER_HOUR);

  const market = marketMoves(times.length, seed);
  const series = models.map((model) => simulate(model, market, seed));
  return {
    assets,
    hours,
    history,
    source: "modelled",
    description: `${assets.join(", ")}: ${hours} modelled hours from ${formatUtc(start)} (jump-diffusion, seed ${seed}), not market data`,
    at(hour) {
      const timeUtc = requireHour(times, hour, history);
      return {
        timeUtc,
        prices: Object.fromEntries(assets.map((asset, i) => [asset, series[i]!.prices[history + hour]!])),
        volumes: Object.fromEntries(assets.map((asset, i) => [asset, series[i]!.volumes[history + hour]!])),
      };
    },
  };
}

interface MarketMove {
  normal: number;
  jump: number;
}

function marketMoves(hours: number, seed: string | number): MarketMove[] {
  const random = randomStream(seed, "market");
  return Array.from({ length: hours }, () => {
    const normal = random.normal();
    const size = JUMP_MEAN + JUMP_DEVIATION * random.normal();
    return { normal, jump: random.uniform() < JUMP_CHANCE ? size : 0 };
  });
}

function simulate(
  model: AssetModel,
  market: MarketMove[],
  seed: string | number,
): { prices: Float64Array; volumes: Float64Array } {
  const random = randomStream(seed, model.asset);
  const beta = model.annualVol / JUMP_REFERENCE_VOL;
  const jumpVariance = JUMP_CHANCE * beta ** 2 * (JUMP_MEAN ** 2 + JUMP_DEVIATION ** 2);
  const average = model.annualVol ** 2 / HOURS_PER_YEAR - jumpVariance;
  const jumpGrowth = Math.exp(beta * JUMP_MEAN + (beta * JUMP_DEVIATION) ** 2 / 2) - 1;
  const jumpDrift = Math.log1p(JUMP_CHANCE * jumpGrowth);

  const prices = new Float64Array(market.length);
  const volumes = new Float64Array(market.length);
  let logPrice = Math.log(model.startPrice);
  let variance = average;
  market.forEach(({ normal, jump }, hour) => {
    if (hour > 0) {
      const z = Math.sqrt(CORRELATION) * normal + Math.sqrt(1 - CORRELATION) * random.normal();
      logPrice += Math.sqrt(variance) * z + beta * jump - variance / 2 - jumpDrift;
      const next = (1 - REACTION - PERSISTENCE) * average + (REACTION * z * z + PERSISTENCE) * variance;
      variance = Math.min(next, MAX_VARIANCE * average);
    }
    const price = Math.max(1, Math.round(Math.exp(logPrice) * MICRO)) / MICRO;
    const activity = Math.exp(VOLUME_DEVIATION * random.normal() - VOLUME_DEVIATION ** 2 / 2);
    const dollars = (model.dailyVolumeUsd / 24) * activity * Math.sqrt(variance / average);
    prices[hour] = price;
    volumes[hour] = Math.round((dollars / price) * MICRO) / MICRO;
  });
  return { prices, volumes };
}

export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
}

/** An independent stream per name: 128 bits of SHA-256 start a xoroshiro128+. */
export function randomStream(seed: string | number, name: string): RandomStream {
  const digest = new DataView(sha256(utf8ToBytes(`tacit/replay/1\n${seed}\n${name}`)).buffer);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.getInt32(offset, true)));
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

function resolveAsset(asset: string | AssetModel): AssetModel {
  if (typeof asset === "string") {
    const known = MODEL_ASSETS.find((model) => model.asset === asset.toUpperCase());
    if (known === undefined) {
      throw new ReplayError(
        "unknown-asset",
        `the price model has no ${asset}; it has ${MODEL_ASSETS.map((model) => model.asset).join(", ")}`,
      );
    }
    return known;
  }
  const { startPrice, annualVol, dailyVolumeUsd } = asset;
  if (
    !(
      startPrice > 0 &&
      annualVol > 0 &&
      dailyVolumeUsd >= 0 &&
      Number.isFinite(startPrice + annualVol + dailyVolumeUsd)
    )
  ) {
    throw new ReplayError(
      "bad-option",
      `${asset.asset} needs a start price and a volatility above zero and a volume of zero or more`,
    );
  }
  return asset;
}
