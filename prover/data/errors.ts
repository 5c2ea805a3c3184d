import { CodedError } from "../base/codedError.ts";

/**
 * What is wrong with the prices a source was given. The message names the file and line, and what to do.
 *
 * - `no-folder`, `no-series`: nothing to read there.
 * - `unknown-asset`, `duplicate-asset`: an asset without a file, or with two for one time. `bad-name`: a file of no
 *   asset.
 * - `bad-file`: not readable as CSV. `missing-column`: no time or close column.
 * - `bad-time`, `bad-price`, `bad-volume`, `bad-rate`: a field that can't be read or is out of range.
 * - `unsorted`: times that don't increase line by line. `not-hourly`: times that are no hour apart.
 * - `no-overlap`: the series share no hour, or none from the asked start. `hole`: too many hours lack a price.
 * - `bad-option`: an option outside its range. `no-such-hour`: an hour outside the path.
 * - `data-ends`: a replay has come to the end of its prices.
 */
export type ReplayErrorCode =
  | "no-folder"
  | "no-series"
  | "unknown-asset"
  | "duplicate-asset"
  | "bad-name"
  | "bad-file"
  | "missing-column"
  | "bad-time"
  | "bad-price"
  | "bad-volume"
  | "bad-rate"
  | "unsorted"
  | "not-hourly"
  | "hole"
  | "no-overlap"
  | "bad-option"
  | "no-such-hour"
  | "data-ends";

export interface ReplayPlace {
  /** File name as shown to the user. */
  file?: string;
  /** Line in the file, from 1. */
  line?: number;
}

export class ReplayError extends CodedError<ReplayErrorCode> {
  override readonly name = "ReplayError";
  readonly file: string | undefined;
  readonly line: number | undefined;

  constructor(code: ReplayErrorCode, message: string, place: ReplayPlace = {}) {
    const where = [place.file, place.line === undefined ? undefined : `line ${place.line}`].filter(Boolean).join(", ");
    super(code, where === "" ? message : `${where}: ${message}`);
    this.file = place.file;
    this.line = place.line;
  }
}
