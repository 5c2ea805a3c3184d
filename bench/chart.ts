/** Bars in groups, as an SVG that any browser shows. */
export interface BarChart {
  readonly title: string;
  /** Under each group of bars. */
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly colour: string; readonly values: readonly number[] }[];
  /** How a value is written at the axis and over the bars. */
  readonly show: (value: number) => string;
}

const [WIDTH, HEIGHT] = [960, 420];
const MARGIN = { top: 70, right: 20, bottom: 40, left: 90 };
const TICKS = 5;
const GAP = 0.25;

export function renderBars({ title, labels, series, show }: BarChart): string {
  const [width, height] = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom];
  const most = Math.max(...series.flatMap(({ values }) => values), 0);
  const top = roundUp(most);
  const y = (value: number): number => MARGIN.top + height * (1 - Math.max(value, 0) / top);
  const groupWidth = width / labels.length;
  const barWidth = (groupWidth * (1 - GAP)) / series.length;
  const text = (x: number, at: number, anchor: string, words: string, size = 12): string =>
    `<text x="${x.toFixed(1)}" y="${at.toFixed(1)}" text-anchor="${anchor}" font-size="${size}">${escaped(words)}</text>`;

  const axis = Array.from({ length: TICKS + 1 }, (_, k) => (top * k) / TICKS).flatMap((value) => [
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#ddd"/>`,
    text(MARGIN.left - 8, y(value) + 4, "end", show(value)),
  ]);
  const bars = labels.flatMap((label, k) => {
    const left = MARGIN.left + groupWidth * (k + GAP / 2);
    return [
      ...series.map(({ name, colour, values }, i) => {
        const at = y(values[k]!);
        return `<rect x="${(left + i * barWidth).toFixed(1)}" y="${at.toFixed(1)}" width="${barWidth.toFixed(1)}" height="${(y(0) - at).toFixed(1)}" fill="${colour}"><title>${escaped(`${name}, ${label}: ${show(values[k]!)}`)}</title></rect>`;
      }),
      text(MARGIN.left + groupWidth * (k + 0.5), HEIGHT - MARGIN.bottom + 18, "middle", label),
    ];
  });
  const legend = series.flatMap(({ name, colour }, i) => [
    `<rect x="${MARGIN.left + i * 330}" y="42" width="12" height="12" fill="${colour}"/>`,
    text(MARGIN.left + i * 330 + 18, 53, "start", name, 13),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" fill="#222">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(MARGIN.left, 26, "start", title, 16),
    ...legend,
    ...axis,
    ...bars,
    "</svg>",
    "",
  ].join("\n");
}

/** The next 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value > 0 ? value : 1));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
