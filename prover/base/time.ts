// What an hour, a day and a year are, in whatever counts time: years of 365 days, as option pricing has them here.
export const SECONDS_PER_HOUR = 3_600;
export const HOURS_PER_DAY = 24;
export const SECONDS_PER_DAY = HOURS_PER_DAY * SECONDS_PER_HOUR;
export const DAYS_PER_YEAR = 365;
export const HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY;
export const SECONDS_PER_YEAR = DAYS_PER_YEAR * SECONDS_PER_DAY;

export const SECONDS_PER_WEEK = 7 * SECONDS_PER_DAY;
/** Friday 1970-01-02 08:00 UTC. */
const FIRST_FRIDAY = SECONDS_PER_DAY + 8 * SECONDS_PER_HOUR;

/** When options expire: the first Friday 08:00 UTC at or after an instant. */
export function fridayAfter(utc: number): number {
  return FIRST_FRIDAY + Math.ceil((utc - FIRST_FRIDAY) / SECONDS_PER_WEEK) * SECONDS_PER_WEEK;
}
