import { ReplayError } from "./errors.ts";
import type { ReplayPlace } from "./errors.ts";

const STAMP = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/;
const UNIX = /^\d{9,19}(?:\.\d+)?$/;
/**
 * Smallest stamp of each unit, and the unit's part of a second: no unit's stamps of this century reach the next one's.
 */
const UNITS = [
  { from: 1e17, perSecond: 1e9 },
  { from: 1e14, perSecond: 1e6 },
  { from: 1e11, perSecond: 1e3 },
] as const;

/**
 * Seconds since 1970 of a time stamp: ISO 8601 with `T` or a blank, with an offset (`Z`, `UTC`, `+03:00`) or
 * without one, which means UTC; a date alone is its midnight; 9 to 19 digits, a decimal part or none, are Unix seconds,
 * milliseconds, microseconds or nanoseconds, whichever gives a time of this age.
 * @throws ReplayError `bad-time`.
 */
export function parseUtc(text: string, place: ReplayPlace = {}): number {
  const stamp = text.trim();
  if (UNIX.test(stamp)) {
    const number = Number(stamp);
    return number / (UNITS.find(({ from }) => number >= from)?.perSecond ?? 1);
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

/** Whether a stamp that `parseUtc` reads says itself what it is UTC of. */
export const hasZone = (text: string): boolean => UNIX.test(text.trim()) || STAMP.exec(text.trim())?.[4] !== undefined;

/** `2024-01-31T12:00Z` */
export function formatUtc(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 16)}Z`;
}

/** A stretch of time in words: "5 minutes", "an hour", "10 days". */
export function spanText(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const [size, unit] = (
    [
      [86_400, "day"],
      [3_600, "hour"],
      [60, "minute"],
      [1, "second"],
    ] as const
  ).find(([one]) => seconds >= one) ?? [1, "second"];
  const count = Number((seconds / size).toFixed(1));
  return count === 1 ? `${unit === "hour" ? "an" : "a"} ${unit}` : `${count} ${unit}s`;
}
