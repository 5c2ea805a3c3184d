import { percent } from "../../client/sdk/format.ts";

/** Change that passes unnoticed: down as well, or what one change saves a later one could spend unseen. */
const TOLERANCE = 0.02;

/** What of the measured figures is new, gone or more than two per cent off what was kept. */
export function differences(
  what: string,
  kept: Readonly<Record<string, number>>,
  measured: Readonly<Record<string, number>>,
): string[] {
  const names = [...new Set([...Object.keys(kept), ...Object.keys(measured)])];
  return names.flatMap((name) => {
    const [before, now] = [kept[name], measured[name]];
    if (before === undefined) return [`${what} of ${name}: ${now}, not kept yet`];
    if (now === undefined) return [`${what} of ${name}: was ${before}, is gone`];
    const change = Math.abs(now - before);
    if (change <= before * TOLERANCE) return [];
    const share = `${percent(change / before)} ${now > before ? "above" : "below"}`;
    return [`${what} of ${name}: ${now}, ${share} the ${before} kept`];
  });
}
