import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Parts of a report page: one HTML file that needs nothing else, by day and by night, on a desk and on a telephone. */

/** Lines over x, or bars at it. */
export interface Chart {
  readonly title: string;
  /** Under the title: what the axis is. */
  readonly about: string;
  /** Increasing: seconds since 1970, or what `counts` says. */
  readonly x: readonly number[];
  readonly counts?: string;
  readonly unit: "dollars" | "percent";
  /** For values above zero alone. */
  readonly logarithmic?: boolean;
  /** Two at most to each x, instead of lines. */
  readonly bars?: boolean;
  /** One value for each x. */
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly shade?: Shade;
}

/** A strip of colours over x. */
export interface Strip {
  readonly title: string;
  readonly about: string;
  readonly x: readonly number[];
  /** For each x, which of the names holds from there on. */
  readonly values: readonly number[];
  readonly regimes: readonly string[];
}

interface Shade {
  readonly fromUtc: number;
  readonly toUtc: number;
}

const textAt = (url: string): string => readFileSync(fileURLToPath(url), "utf8");

/** @param body from `charts`, `table` and what else is HTML */
export function htmlPage(title: string, body: readonly string[]): string {
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${textAt(import.meta.resolve("uplot/dist/uPlot.min.css"))}${STYLE}</style>`,
    "</head><body>",
    `<h1>${escaped(title)}</h1>`,
    ...body,
    "</body></html>",
    "",
  ].join("\n");
}

/** Charts over the same x, which are read and zoomed together. Once in a page. */
export function charts(list: readonly (Chart | Strip)[]): string {
  const legend = (chart: Chart | Strip): string[] => {
    if ("regimes" in chart)
      return [...new Set(chart.values)].sort().map((r) => chip(`--regime-${r}`, chart.regimes[r]!));
    return chart.shade === undefined ? [] : [chip("--shade", "in-sample")];
  };
  return [
    '<p class="hint"><span>Drag across a chart to see a part of it; click a name to hide its line.</span> <button class="whole" type="button" hidden>whole period</button></p>',
    "<noscript><p>The charts are drawn by a script in this page, which the browser does not run. The tables have the figures.</p></noscript>",
    ...list.flatMap((chart, i) => [
      `<figure data-chart="${i}"${"regimes" in chart ? ' class="strip"' : ""}><figcaption><b>${escaped(chart.title)}</b> <span>${escaped(chart.about)}</span>${legend(chart).join("")}</figcaption></figure>`,
    ]),
    // Nothing in a name ends the element early.
    `<script type="application/json" id="charts">${JSON.stringify(list).replaceAll("<", "\\u003c")}</script>`,
    // uPlot formats numbers in the browser's language, and ends where that is no language tag, as under LANG=C.
    '<script>Object.defineProperty(navigator, "language", { value: "en-US" })</script>',
    `<script>${textAt(import.meta.resolve("uplot/dist/uPlot.iife.min.js"))}</script>`,
    `<script type="module">${textAt(new URL("./drawCharts.js", import.meta.url).href)}</script>`,
  ].join("\n");
}

const chip = (colour: string, name: string): string =>
  `<span class="chip"><i style="background:var(${colour})"></i>${escaped(name)}</span>`;

/**
 * On a narrow page every row is a block with the head beside each cell.
 * @param rows the head first, of empty words where there is none
 */
export function table([head, ...rows]: readonly (readonly string[])[]): string {
  const bare = head!.every((cell) => cell === "");
  const cells = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        i === 0
          ? `<th scope="row">${escaped(cell)}</th>`
          : `<td${bare ? "" : ` data-head="${escaped(head![i]!)}"`}>${escaped(cell)}</td>`,
      )
      .join("");
  return [
    `<table class="${bare ? "facts" : "rows"}">`,
    ...(bare
      ? []
      : [`<thead><tr>${head!.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join("")}</tr></thead>`]),
    ...rows.map((row) => `<tr>${cells(row)}</tr>`),
    "</table>",
  ].join("\n");
}

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/**
 * Colours that stay apart for people who see two of three colours, and stand out from the page: a test measures both.
 * Regimes go from light to dark, by night from dark to light.
 */
const STYLE = `
:root{color-scheme:light dark;--page:#ffffff;--text:#222222;--quiet:#595959;--grid:#dedede;--shade:#e4e4ee;
--line-1:#0b3c8c;--line-2:#d55e00;--line-3:#882255;--line-4:#000000;--line-5:#2f9ec4;
--regime-0:#cfe8d5;--regime-1:#e8c547;--regime-2:#d2691e;--regime-3:#6b1030}
@media(prefers-color-scheme:dark){:root{--page:#14171c;--text:#e4e6ea;--quiet:#a9b0ba;--grid:#343a44;--shade:#262b3d;
--line-1:#b0a0ff;--line-2:#e86a5a;--line-3:#e69f00;--line-4:#ffe9a0;--line-5:#7fdcb8;
--regime-0:#34506b;--regime-1:#3d9970;--regime-2:#f2c14e;--regime-3:#fff8dc}}
body{font:15px/1.45 system-ui,sans-serif;max-width:1000px;margin:1.5em auto;padding:0 1em;color:var(--text);background:var(--page);overflow-wrap:anywhere}
h1{font-size:1.6em}
code{font-size:.9em}
table{border-collapse:collapse;margin:1em 0}
th,td{padding:.3em .7em;text-align:right;border-bottom:1px solid var(--grid);font-variant-numeric:tabular-nums}
th:first-child{text-align:left;font-weight:normal}
thead th{vertical-align:bottom;color:var(--quiet);font-weight:normal}
.facts th{vertical-align:top;color:var(--quiet);white-space:nowrap}
.facts td{text-align:left}
figure{margin:1.2em 0}
figcaption{margin-bottom:.3em}
figcaption span{color:var(--quiet)}
.hint{color:var(--quiet);min-height:1.8em}
.chip{white-space:nowrap;margin-left:1em}
.chip i{display:inline-block;width:1em;height:1em;margin-right:.35em;vertical-align:-.15em;border:1px solid var(--quiet)}
.u-over{touch-action:pan-y}
.u-select{background:color-mix(in srgb,var(--text) 14%,transparent)}
.u-legend{text-align:left;font-variant-numeric:tabular-nums;margin-top:.2em}
.u-legend th,.u-legend td{border:0;padding:.1em .3em;text-align:left}
.u-legend .u-marker{width:2em;height:3px;border:0!important}
.u-legend.u-inline .u-series{max-width:100%}
.u-legend.u-inline .u-series>*{padding:.1em .3em}
.u-legend .u-label{max-width:calc(100vw - 12em);overflow-wrap:anywhere}
.strip .u-marker{display:none}
.u-legend .u-value{min-width:6.5em}
@media(max-width:640px){
body{padding:0 .7em}
.rows,.rows :is(tbody,tr,th,td),.facts,.facts :is(tbody,tr,th,td){display:block}
.rows thead{display:none}
:is(.rows,.facts) tr{border-bottom:1px solid var(--grid);padding:.4em 0}
:is(.rows,.facts) :is(th,td){border:0;padding:.1em .2em}
.rows th{font-weight:bold}
.rows td{display:flex;justify-content:space-between;gap:1em}
.rows td::before{content:attr(data-head);color:var(--quiet);text-align:left}
}
`;
