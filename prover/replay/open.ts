import { loadFolder } from "./csv.ts";
import { modelPath } from "./model.ts";
import type { PathSelection, PricePath } from "./path.ts";

export interface ReplayOptions extends PathSelection {
  /** Folder of hourly CSV files; the price model is used when left out. */
  data?: string;
  /** All of the folder's assets, or the model's BTC and ETH, when left out. */
  assets?: readonly string[];
  /** Seed of the price model. */
  seed?: string | number;
}

/**
 * The price path a command was asked for: history from `data` if given, the price model otherwise.
 * @throws ReplayError
 */
export function openReplay(options: ReplayOptions = {}): PricePath {
  const { data, assets, seed, ...selection } = options;
  return data === undefined
    ? modelPath({ ...selection, ...(assets ? { assets } : {}), ...(seed === undefined ? {} : { seed }) })
    : loadFolder(data, assets, selection);
}
