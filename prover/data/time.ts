import { ReplayError } from "./errors.ts";
import type { ReplayPlace } from "./errors.ts";

const STAMP = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/;
const UNIX = /^\d{9,13}$/;
const MILLISECONDS_FROM = 1e11;

/**
 * Seconds since 1970 of a time stamp: ISO 8601 with `T` or a blank, with an offset (`Z`, `UTC`, `+03:00`) or
 * without one, which means UTC; a date alone is its midnight; 9 to 13 digits are Unix seconds, or
 * milliseconds from 100,000,000,000 on.
 * @throws ReplayError `bad-time`.
 */
export function parseUtc(text: string, place: ReplayPlace = {}): number {
  const stamp = text.trim();
  if (UNIX.test(stamp)) {
    const number = Number(stamp);
    return number >= MILLISECONDS_FROM ? number / 1_000 : number;
  }
  const [, date, minutes = "00:00", seconds = ":00", zone = "Z"] = STAMP.exec(stamp) ?? [];
  const offset = zone === "UTC" ? "Z" : zone.replace(/^([+-]\d{2})(\d{2})$/, "$1:$2");
  const midnight = Date.parse(`${date}T00:00Z`);
  const milliseconds = Date.parse(`${date}T${minutes}${seconds}${offset}`);
  // Date.parse turns 30 February into 1 March.
  if (Number.isNaN(milliseconds) || Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) {
    throw new ReplayError(
      "bad-time",
      `"${text}" is not a time; write 2024-01-31T12:00Z, an offset such as +03:00, or Unix seconds`,
      place,
    );
  }
  return milliseconds / 1_000;
}

/** `2024-01-31T12:00Z` */
export function formatUtc(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16)}Z`;
}
