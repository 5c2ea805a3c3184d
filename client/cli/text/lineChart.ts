/** Lines over time as an SVG that stands by itself, with a strip of colours under them. */
export interface LineChart {
  readonly title: string;
  /** Seconds since 1970, increasing; one per value of each series. */
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly colour: string; readonly values: readonly number[] }[];
  /** Values > 0 on a logarithmic axis. */
  readonly logarithmic?: boolean;
  /** How a value is written at the axis. */
  readonly show: (value: number) => string;
  /** One per time: index of a colour. */
  readonly strip?: {
    readonly values: readonly number[];
    readonly colours: readonly string[];
    readonly names: readonly string[];
  };
}

const [WIDTH, HEIGHT] = [960, 360];
const EDGE = { top: 58, right: 16, bottom: 34, left: 76 };
const STRIP = 10;
const TICKS = 5;

export function renderLines({ title, times, series, logarithmic = false, show, strip }: LineChart): string {
  const [width, height] = [WIDTH - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
  const scale = logarithmic ? Math.log : (value: number): number => value;
  const all = series
    .flatMap(({ values }) => values)
    .map(scale)
    .filter(Number.isFinite);
  const low = all.reduce((a, b) => Math.min(a, b), Infinity);
  const high = Math.max(
    all.reduce((a, b) => Math.max(a, b), -Infinity),
    low + 1e-9,
  );
  const [first, last] = [times[0]!, times.at(-1)!];
  const x = (time: number): string => (EDGE.left + (width * (time - first)) / Math.max(1, last - first)).toFixed(1);
  const y = (scaled: number): string => (EDGE.top + height * (1 - (scaled - low) / (high - low))).toFixed(1);
  const text = (at: string, level: string, anchor: string, words: string, size = 12): string =>
    `<text x="${at}" y="${level}" text-anchor="${anchor}" font-size="${size}">${escaped(words)}</text>`;

  const axis = Array.from({ length: TICKS }, (_, k) => low + ((high - low) * k) / (TICKS - 1)).flatMap((level) => [
    `<line x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y(level)}" y2="${y(level)}" stroke="#ddd"/>`,
    text(String(EDGE.left - 8), (Number(y(level)) + 4).toFixed(1), "end", show(logarithmic ? Math.exp(level) : level)),
  ]);
  const months = times.filter(
    (time, i) => i > 0 && new Date(time * 1_000).getUTCMonth() % 6 === 0 && monthOf(time) !== monthOf(times[i - 1]!),
  );
  const dates = months.map((time) =>
    text(x(time), String(HEIGHT - 8), "middle", new Date(time * 1_000).toISOString().slice(0, 7)),
  );
  const lines = series.map(({ name, colour, values }) => {
    const points = values
      .map((value, i) => `${x(times[i]!)},${y(Math.max(low, scale(Math.max(value, Number.MIN_VALUE))))}`)
      .join(" ");
    return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.4"><title>${escaped(name)}</title></polyline>`;
  });
  const names = [...series, ...(strip?.names ?? []).map((name, i) => ({ name, colour: strip!.colours[i]! }))];
  const pitch = width / Math.max(5, names.length);
  const legend = names.flatMap(({ name, colour }, i) => [
    `<rect x="${(EDGE.left + i * pitch).toFixed(1)}" y="34" width="10" height="10" fill="${colour}"/>`,
    text((EDGE.left + i * pitch + 15).toFixed(1), "43", "start", name, 11),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" fill="#222">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(String(EDGE.left), "22", "start", title, 15),
    ...legend,
    ...axis,
    ...dates,
    ...(strip ? stripOf(strip, times, x) : []),
    ...lines,
    "</svg>",
  ].join("\n");
}

/** Neighbours of one colour are one rectangle. */
function stripOf(
  { values, colours }: NonNullable<LineChart["strip"]>,
  times: readonly number[],
  x: (time: number) => string,
): string[] {
  const parts: string[] = [];
  for (let from = 0; from < values.length; ) {
    let to = from + 1;
    while (to < values.length && values[to] === values[from]) to++;
    const [left, right] = [x(times[from]!), x(times[Math.min(to, times.length - 1)]!)];
    parts.push(
      `<rect x="${left}" y="${HEIGHT - EDGE.bottom + 2}" width="${(Number(right) - Number(left)).toFixed(1)}" height="${STRIP}" fill="${colours[values[from]!]!}"/>`,
    );
    from = to;
  }
  return parts;
}

const monthOf = (time: number): string => new Date(time * 1_000).toISOString().slice(0, 7);

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
