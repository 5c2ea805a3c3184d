import path from "node:path";
import { loadFolder } from "./csv.ts";
import { loadChains } from "./deribit.ts";
import { modelPath } from "../../data/model.ts";
import type { PathSelection, PricePath } from "../../data/path.ts";

export interface ReplayOptions extends PathSelection {
  /**
   * Folder of hourly CSV files, with option chains in a folder `options` inside it; the price model is used when left
   * out.
   */
  data?: string;
  /** All of the folder's assets, or the model's BTC and ETH, when left out. */
  assets?: readonly string[];
  /** Seed of the price model. */
  seed?: string | number;
}

/** Folder of option chains inside a folder of prices. */
const OPTIONS_FOLDER = "options";

/**
 * The price path a command was asked for: history from `data` if given, the price model otherwise. Option chains
 * (`parseDeribitChain`, bid and ask) are read from the folder `options` inside `data`, where there is one.
 * @throws ReplayError
 */
export function openReplay(options: ReplayOptions = {}): PricePath {
  const { data, assets, seed, ...selection } = options;
  return data === undefined
    ? modelPath({ ...selection, ...(assets ? { assets } : {}), ...(seed === undefined ? {} : { seed }) })
    : { ...loadFolder(data, assets, selection), chains: loadChains(path.join(data, OPTIONS_FOLDER)) };
}
