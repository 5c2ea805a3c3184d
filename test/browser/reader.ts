// What the test of report pages runs in them: reads what was painted, and what the charts say they show.

/** As far as it is asked here: the page's charts as uPlot has them. */
interface Plot {
  readonly data: readonly (readonly number[])[];
  readonly series: readonly { readonly show: boolean }[];
  readonly scales: Record<"x" | "y", { readonly min: number; readonly max: number; readonly distr: number }>;
  readonly axes: readonly { readonly _values: readonly (string | null)[] | null }[];
  readonly bbox: Record<"left" | "top" | "width" | "height", number>;
  readonly ctx: { getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8Array } };
  setSeries(index: number, change: { show: boolean }): void;
}
// The compiler has no browser here.
declare const { document, getComputedStyle, plots, innerWidth }: any;
declare const requestAnimationFrame: (then: () => void) => void;

const plotOf = (chart: number): Plot => (globalThis as unknown as { plots: Plot[] }).plots[chart]!;
const painted = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
const inkOf = (name: string): number[] => {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim() as string;
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
};

/** How far from a colour a pixel may be, and how thinly painted: a canvas is see-through where nothing is. */
const [NEAR, HALF] = [24, 128];

/**
 * Columns of a chart's pixels that have some of a colour: the highest and the lowest of them, each between 0, at the
 * bottom, and 1.
 */
function columnsOf({ bbox: { left, top, width, height }, ctx }: Plot, colour: string): Column[] {
  const { data } = ctx.getImageData(left, top, width, height);
  const ink = inkOf(colour);
  return Array.from({ length: width }, (_, x) => {
    const rows = Array.from({ length: height }, (_, y) => y).filter((y) => {
      const at = 4 * (y * width + x);
      return data[at + 3]! >= HALF && Math.hypot(...ink.map((part, i) => part - data[at + i]!)) < NEAR;
    });
    return { x: (x + 0.5) / width, rows };
  })
    .filter(({ rows }) => rows.length > 0)
    .map(({ x, rows }) => ({ x, high: 1 - (rows[0]! + 0.5) / height, low: 1 - (rows.at(-1)! + 0.5) / height }));
}

interface Column {
  readonly x: number;
  readonly high: number;
  readonly low: number;
}

const reader = {
  /** Where one line is painted while all others are hidden, in the units of the axes. */
  async line(chart: number, line: number): Promise<Column[]> {
    const plot = plotOf(chart);
    const show = (which: (i: number) => boolean): void =>
      plot.series.forEach((_, i) => {
        if (i > 0) plot.setSeries(i, { show: which(i) });
      });
    show((i) => i === line);
    await painted();
    const { x, y } = plot.scales;
    const value = (part: number): number =>
      y.distr === 3 ? y.min * (y.max / y.min) ** part : y.min + part * (y.max - y.min);
    const columns = columnsOf(plot, `--line-${line}`).map((column) => ({
      x: x.min + column.x * (x.max - x.min),
      high: value(column.high),
      low: value(column.low),
    }));
    show(() => true);
    await painted();
    return columns;
  },
  /** Parts of the width that have a colour of the page. */
  widths(chart: number, colour: string): number[] {
    return columnsOf(plotOf(chart), colour).map(({ x }) => x);
  },
  /** What a chart shows, and how large. */
  async shown(chart: number) {
    await painted();
    const { scales, axes, bbox } = plotOf(chart);
    const range = ({ min, max }: { min: number; max: number }): [number, number] => [min, max];
    return {
      x: range(scales.x),
      y: range(scales.y),
      logarithmic: scales.y.distr === 3,
      labels: axes.map(({ _values }) => (_values ?? []).filter((label) => label !== null && label !== "")),
      width: bbox.width,
      height: bbox.height,
    };
  },
  charts: (): number => plots.length as number,
  /** Text and rectangle of elements that are there. */
  boxes: (selector: string): Box[] =>
    [...document.querySelectorAll(selector)]
      .map((element: any) => ({ text: String(element.textContent).trim(), box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0)
      .map(({ text, box: { left, top, right, bottom } }) => ({ text, left, top, right, bottom })),
  /** How far the page can be moved sideways. */
  sideways: (): number => document.documentElement.scrollWidth - innerWidth,
  colour: (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim(),
  background: (): string => getComputedStyle(document.body).backgroundColor,
};

export interface Box {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
export type Reader = typeof reader;
Object.assign(globalThis, { reader });
