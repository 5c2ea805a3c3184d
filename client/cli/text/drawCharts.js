// Runs in the page, after uPlot: draws the charts that charts.ts describes in the page's element "charts".
/* global uPlot */

const charts = JSON.parse(document.getElementById("charts").textContent);
const SECONDS_PER_DAY = 86_400;
const AXIS_WIDTH = 66;
const FONT = "12px system-ui, sans-serif";
/** Parts of a plot, in pixels: one label at most for each. */
const LABEL_HEIGHT = 36;
const LABEL_WIDTH = 76;
/** Lines differ without their colours too: on and off, in pixels. */
const DASHES = [[], [9, 4], [3, 3], [12, 3, 3, 3], [18, 5]];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const lineColour = (i) => `--line-${(i % DASHES.length) + 1}`;

// Values

const dollars = (value) => `${value < 0 ? "-" : ""}$${Math.abs(Math.round(value)).toLocaleString("en-US")}`;
const percent = (value) => `${(100 * value).toFixed(2)} %`;
const UNITS = [
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
];
const unitOf = (value) => UNITS.find(([size]) => Math.abs(value) >= size) ?? UNITS.at(-1);

/** Labels of ticks that stand a step apart, all with as many digits as the step has; without a step each as it is. */
function labels(unit, ticks, step) {
  if (unit === "percent") {
    const digits = Math.max(0, Math.ceil(-Math.log10(100 * step) - 1e-9));
    return ticks.map((tick) => `${(100 * tick + 0).toFixed(digits)} %`);
  }
  const [size, name] = unitOf(Math.max(...ticks.map(Math.abs)));
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  return ticks.map((tick) => {
    if (tick === 0) return "$0";
    if (step > 0) return `${tick < 0 ? "-" : ""}$${Math.abs(tick / size).toFixed(digits)}${name}`;
    const [own, called] = unitOf(tick);
    return `$${Number((tick / own).toPrecision(6))}${called}`;
  });
}

// Axes

/** The smallest of 1, 2, 5 times a power of ten that gives at most so many steps. */
function stepOf(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => span / step <= most);
}

/**
 * Round numbers from low to high: evenly spaced, or on a logarithmic axis of some width 1, 2, 5 times powers of ten.
 */
function ticksOf({ logarithmic }, low, high, most) {
  if (!logarithmic || high / low < 5) {
    const step = stepOf(high - low, most);
    const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
    return { step, ticks: Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step) };
  }
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, k) => 10 ** (Math.floor(Math.log10(low)) + k),
  );
  const choices = [[1, 2, 5], [1, 3], [1]].map((digits) =>
    powers.flatMap((power) => digits.map((digit) => digit * power)).filter((tick) => tick >= low && tick <= high),
  );
  return { step: 0, ticks: choices.find((ticks) => ticks.length <= most) ?? choices.at(-1) };
}

/** From lowest to highest with some room; a linear axis has zero on it, a logarithmic one can't. */
function rangeOf({ logarithmic }, low, high) {
  if (low == null) return [0, 1];
  if (logarithmic) {
    const room = Math.max(1.0005, (high / low) ** 0.05);
    return [low / room, high * room];
  }
  const room = 0.05 * (Math.max(high, 0) - Math.min(low, 0)) || 0.01;
  return [Math.min(0, low < 0 ? low - room : 0), high > 0 ? high + room : low < 0 ? 0 : room];
}

const timeLabels = [
  // Ticks at least so far apart; what stands at each; and below it, where the year, month, day … changes.
  [365 * SECONDS_PER_DAY, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * SECONDS_PER_DAY, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [SECONDS_PER_DAY, "{D} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{D} {MMM} {YYYY}", null, "\n{D} {MMM}", null, null, null, 1],
];

function axes(chart) {
  const common = {
    font: FONT,
    stroke: () => colour("--text"),
    grid: { stroke: () => colour("--grid"), width: 1 },
    ticks: { stroke: () => colour("--grid"), width: 1, size: 5 },
  };
  const most = (u) => Math.max(2, Math.floor(u.bbox.height / devicePixelRatio / LABEL_HEIGHT));
  const x = chart.counts === undefined ? { values: timeLabels } : { values: (_, ticks) => ticks.map(wholeOnly) };
  const y = {
    ...common,
    size: AXIS_WIDTH,
    splits: (u, _axis, low, high) => ticksOf(chart, low, high, most(u)).ticks,
    filter: (_, ticks) => ticks,
    values: (u, ticks) => {
      const { min, max } = u.scales.y;
      return labels(chart.unit, ticks, ticksOf(chart, min, max, most(u)).step);
    },
  };
  if (chart.regimes === undefined) return [{ ...common, ...x, space: LABEL_WIDTH, size: 42 }, y];
  // A strip has no labels, but begins where the other charts begin.
  return [{ show: false }, { show: true, size: AXIS_WIDTH, splits: () => [], grid: { show: false } }];
}

const wholeOnly = (tick) => (Number.isInteger(tick) ? String(tick) : "");

// What stands behind and instead of lines

function fill(u, from, to, style) {
  const { left, top, width, height } = u.bbox;
  const [a, b] = [from, to].map((x) => Math.min(Math.max(u.valToPos(x, "x", true), left), left + width));
  u.ctx.fillStyle = style;
  u.ctx.fillRect(a, top, b - a, height);
}

const drawShade = (chart) => (u) => {
  if (chart.shade !== undefined) fill(u, chart.shade.fromUtc, chart.shade.toUtc, colour("--shade"));
};

/** Neighbours of one regime are one rectangle. */
const drawRegimes = (u) => {
  const [times, regimes] = u.data;
  for (let from = 0, to = 0; from < times.length - 1; from = to) {
    while (to < times.length - 1 && regimes[to] === regimes[from]) to++;
    fill(u, times[from], times[to], colour(`--regime-${regimes[from]}`));
  }
};

function seriesOf(chart) {
  const x = {
    label: chart.counts ?? "time, UTC",
    ...(chart.counts === undefined && { value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }),
  };
  if (chart.regimes !== undefined)
    return [
      x,
      { label: "regime", paths: () => null, points: { show: false }, value: (_, r) => chart.regimes[r] ?? "" },
    ];
  const show = chart.unit === "percent" ? percent : dollars;
  const lines = chart.lines.map(({ name }, i) => ({
    label: name,
    value: (_, value) => (value == null ? "" : show(value)),
    stroke: () => colour(lineColour(i)),
    width: i === 0 ? 2.2 : 1.6,
    dash: DASHES[i % DASHES.length],
    points: { show: false },
    ...(chart.bars && {
      dash: [],
      fill: () => colour(lineColour(i)),
      paths: uPlot.paths.bars({ size: [0.8 / chart.lines.length], align: i === 0 ? -1 : 1 }),
    }),
  }));
  return [x, ...lines];
}

// The charts

const plots = [];
const whole = (u) =>
  charts[plots.indexOf(u)].bars ? [u.data[0][0] - 0.6, u.data[0].at(-1) + 0.6] : [u.data[0][0], u.data[0].at(-1)];

/** What one chart shows of x, all show; only a part of it can be left again. */
function follow(leader, key) {
  if (key !== "x" || !plots.includes(leader)) return;
  const { min, max } = leader.scales.x;
  for (const other of plots)
    if (other.scales.x.min !== min || other.scales.x.max !== max) other.setScale("x", { min, max });
  const [first, last] = whole(leader);
  for (const button of document.querySelectorAll("button.whole")) button.hidden = min <= first && max >= last;
}

/**
 * A finger that moves sideways does what a mouse does with its button down; one that moves up or down scrolls the page.
 */
function hearFingers({ over }) {
  const pass = (name) => (event) => {
    if (event.pointerType === "mouse") return;
    const { clientX, clientY } = event;
    // uPlot takes a move by nothing for one that was not made.
    over.dispatchEvent(new MouseEvent(name, { clientX, clientY, movementX: 1, button: 0, bubbles: true }));
  };
  over.addEventListener("pointerdown", pass("mousemove"));
  over.addEventListener("pointerdown", pass("mousedown"));
  over.addEventListener("pointermove", pass("mousemove"));
  over.addEventListener("pointerup", pass("mouseup"));
  over.addEventListener("pointercancel", pass("mouseup"));
}

/** The line of a legend's entry is drawn as in the chart. */
const markLegend = (chart) => (u) => {
  const [moment, ...markers] = u.root.querySelectorAll(".u-legend .u-marker");
  moment.remove();
  markers.forEach((marker, i) => {
    const [on = 1, off = 0, dot = 0, gap = 0] = chart.bars ? [] : DASHES[i % DASHES.length];
    const ink = `var(${lineColour(i)})`;
    const [a, b, c, d] = [on, on + off, on + off + dot, on + off + dot + gap].map((at) => `${at}px`);
    marker.style.background = `repeating-linear-gradient(90deg, ${ink} 0 ${a}, transparent ${a} ${b}, ${ink} ${b} ${c}, transparent ${c} ${d})`;
  });
};

/** Without a pointer over it a legend shows the last values. */
function showLast(u) {
  if (u.cursor.idx == null) u.setLegend({ idx: u.data[0].length - 1 });
}

charts.forEach((chart, i) => {
  const figure = document.querySelector(`figure[data-chart="${i}"]`);
  const size = () => ({
    width: figure.clientWidth,
    height: chart.regimes !== undefined ? 44 : Math.min(360, Math.max(240, 0.6 * figure.clientWidth)),
  });
  const plot = new uPlot(
    {
      ...size(),
      padding: [chart.regimes === undefined ? 12 : 4, 28, chart.regimes === undefined ? 0 : 4, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
      scales: {
        x:
          chart.counts === undefined
            ? { time: true }
            : { time: false, range: (_, a, b) => (chart.bars ? [Math.floor(a) - 0.6, Math.ceil(b) + 0.6] : [a, b]) },
        y: {
          distr: chart.logarithmic ? 3 : 1,
          range: chart.regimes !== undefined ? [0, 1] : (_, low, high) => rangeOf(chart, low, high),
        },
      },
      axes: axes(chart),
      series: seriesOf(chart),
      cursor: {
        y: false,
        drag: { x: true, y: false },
        points: { show: chart.regimes === undefined && !chart.bars },
        sync: { key: "page", scales: ["x", null], filters: { pub: (type) => /^mouse(move|leave)$/.test(type) } },
      },
      legend: { live: true },
      hooks: {
        drawClear: [drawShade(chart)],
        draw: chart.regimes === undefined ? [] : [drawRegimes],
        ready: [hearFingers, ...(chart.regimes === undefined ? [markLegend(chart)] : []), showLast],
        setCursor: [showLast],
        setScale: [follow],
      },
    },
    [chart.x, ...(chart.regimes === undefined ? chart.lines.map(({ values }) => values) : [chart.values])],
    figure,
  );
  plots.push(plot);
  new ResizeObserver(() => plot.setSize(size())).observe(figure);
});

for (const button of document.querySelectorAll("button.whole"))
  button.addEventListener("click", () => {
    const [min, max] = whole(plots[0]);
    plots[0].setScale("x", { min, max });
  });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach((plot) => plot.redraw()));

// For the console.
globalThis.plots = plots;
