/** Growth that passes unnoticed. */
const TOLERANCE = 0.02;

/** What of the measured figures is new, gone or more than two per cent above what was kept. */
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
    if (now <= before * (1 + TOLERANCE)) return [];
    return [`${what} of ${name}: ${now}, ${((100 * (now - before)) / before).toFixed(1)} % above the ${before} kept`];
  });
}
