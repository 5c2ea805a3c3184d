import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { build } from "esbuild";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { backtestPage } from "../../client/cli/text/backtestPage.ts";
import { charts, htmlPage } from "../../client/cli/text/htmlPage.ts";
import type { BacktestReport } from "../../prover/backtest/report.ts";
import { closeTo } from "../support/closeTo.ts";
import { contrast, leastDifference } from "../support/colours.ts";
import { commandIn } from "../support/program.ts";
import { openBrowser } from "./chromium.ts";
import type { Box, Reader } from "./reader.ts";

const [NAV, DRAWDOWN, REGIME] = [0, 1, 2];
const LINES = [1, 2, 3, 4, 5].map((i) => `--line-${i}`);
const REGIMES = [0, 1, 2, 3].map((i) => `--regime-${i}`);
const TELEPHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const HOUR = 3_600;

/** Pages of real backtests, in a real browser: what is looked at is what was painted. */
describe("The page of a backtest", function () {
  this.timeout(120_000);
  let folder: string;
  let browser: Browser;
  let reading: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-page-"));
    const tacit = async (...args: string[]): Promise<void> => {
      const { code, errors } = await commandIn(folder)(...args);
      if (code !== 0) throw new Error(errors);
    };
    for (const name of ["plain", "trained"])
      await tacit("strategy", "new", "--out", `${name}.json`, "--profile", "small", "--plain");
    await tacit("strategy", "train", "--strategy", "trained.json", "--hours", "4000", "--folds", "1", "--seed", "1");
    await tacit("backtest", "--strategy", "trained.json", "--out", "long");
    const days = ["--from", "2024-02-01", "--to", "2024-02-04"];
    await tacit("backtest", "--strategy", "plain.json", ...days, "--out", "short");
    const bundle = await build({
      entryPoints: ["test/browser/reader.ts"],
      bundle: true,
      format: "iife",
      write: false,
      logLevel: "silent",
    });
    reading = bundle.outputFiles[0]!.text;
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const report = (name: string): BacktestReport =>
    JSON.parse(readFileSync(join(folder, name, "backtest.json"), "utf8")) as BacktestReport;

  async function open(file: string, options: BrowserContextOptions = {}): Promise<Page> {
    // Chromium in one process, as small machines start it, ends with the first context that is closed: none is.
    const context = await browser.newContext({ viewport: { width: 1_100, height: 900 }, ...options });
    const page = await context.newPage();
    const asked: string[] = [];
    const failed: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => failed.push(String(error.stack)));
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.evaluate(reading);
    expect(failed, "errors of the page's script").to.deep.equal([]);
    expect(asked, "what the page fetches").to.deep.equal([url]);
    await read(page, "shown", NAV);
    return page;
  }
  const openRun = (name: string, options?: BrowserContextOptions): Promise<Page> =>
    open(join(folder, name, "backtest.html"), options);

  /** A page of a run's report as `change` leaves it. */
  function openChanged(name: string, change: (report: BacktestReport) => Partial<BacktestReport>): Promise<Page> {
    const file = join(folder, "changed.html");
    writeFileSync(file, backtestPage({ ...report(name), ...change(report(name)) }));
    return open(file);
  }

  /** The reader's function of that name, called in the page. */
  const read = <Name extends keyof Reader>(
    page: Page,
    name: Name,
    ...args: Parameters<Reader[Name]>
  ): Promise<Awaited<ReturnType<Reader[Name]>>> =>
    page.evaluate(
      ([name, args]) => {
        const { reader } = globalThis as unknown as { reader: Record<string, (...args: unknown[]) => unknown> };
        return reader[name as string]!(...(args as unknown[]));
      },
      [name, args] as const,
    ) as Promise<Awaited<ReturnType<Reader[Name]>>>;

  /** The least and the most of a line's values from one moment to another, neighbours included. */
  function between(times: readonly number[], values: readonly number[], from: number, to: number): [number, number] {
    const near = values.filter((_, i) => (times[i + 1] ?? Infinity) >= from && (times[i - 1] ?? -Infinity) <= to);
    return [Math.min(...near), Math.max(...near)];
  }

  /** Every line of a chart is painted over all of its width, where its values are and nowhere else. */
  async function isPainted(page: Page, chart: number, times: readonly number[], lines: readonly number[][]) {
    const { x, y, width, height, logarithmic } = await read(page, "shown", chart);
    const scale = logarithmic ? Math.log : (value: number): number => value;
    const pixel = (x[1] - x[0]) / width;
    const tolerance = (3 * (scale(y[1]) - scale(y[0]))) / height;
    const found = [];
    for (const [i, values] of lines.entries()) {
      const columns = await read(page, "line", chart, i + 1);
      // Nearly half of a line of dashes is blank.
      expect(columns.length, `line ${i} of chart ${chart}`).to.be.above(width * 0.45);
      expect(columns[0]!.x - x[0], `line ${i} begins`).to.be.below(25 * pixel);
      expect(x[1] - columns.at(-1)!.x, `line ${i} ends`).to.be.below(25 * pixel);
      for (const { x, high, low } of columns) {
        const [least, most] = between(times, values, x - 2 * pixel, x + 2 * pixel);
        expect(scale(high), `line ${i} of chart ${chart} at ${x}`).to.be.at.most(scale(most) + tolerance);
        expect(scale(low), `line ${i} of chart ${chart} at ${x}`).to.be.at.least(scale(least) - tolerance);
      }
      found.push({ columns, tolerance });
    }
    return found;
  }

  for (const [name, options] of [
    ["long", {}],
    ["short", {}],
    ["long", TELEPHONE],
    ["short", { colorScheme: "dark" }],
  ] as const)
    it(`paints every line of a ${name} run where the JSON has it${JSON.stringify(options).slice(1, -1) && `, with ${Object.keys(options)[0]} set`}`, async () => {
      const { points, contestants } = report(name);
      const page = await openRun(name, options);
      const times = points.map(({ utc }) => utc);
      const linesOf = (of: (point: (typeof points)[number]) => readonly number[]): number[][] =>
        contestants.map((_, i) => points.map((point) => of(point)[i]!));
      await isPainted(
        page,
        NAV,
        times,
        linesOf(({ nav }) => nav),
      );
      const falls = linesOf(({ drawdown }) => drawdown.map((fall) => -fall));
      const drawn = await isPainted(page, DRAWDOWN, times, falls);
      // The deepest fall painted is the one of the table.
      const [own, hold] = drawn.map(({ columns, tolerance }) => ({
        deepest: Math.min(...columns.map(({ low }) => low)),
        tolerance,
      }));
      expect(own!.deepest).to.satisfy(closeTo(-contestants[0]!.maxDrawdown, own!.tolerance));
      expect(hold!.deepest, "dashes may leave out the deepest hour").to.be.at.least(
        -contestants[1]!.maxDrawdown - hold!.tolerance,
      );
      expect(-contestants[1]!.maxDrawdown).to.equal(Math.min(...falls[1]!));
    });

  it("labels its axes with round numbers and says that the axis of values is logarithmic", async () => {
    for (const name of ["long", "short"]) {
      const page = await openRun(name);
      const [nav, fall] = [await read(page, "shown", NAV), await read(page, "shown", DRAWDOWN)];
      expect(nav.logarithmic).to.equal(true);
      expect((await read(page, "boxes", "figcaption"))[0]!.text).to.contain("dollars, logarithmic axis");
      expect(fall.logarithmic).to.equal(false);
      expect((await read(page, "boxes", "figcaption"))[1]!.text).to.contain("linear axis");
      for (const { labels } of [nav, fall]) expect(labels[1]!.length).to.be.within(2, 10);
      for (const label of nav.labels[1]!) expect(label).to.match(/^\$\d+(\.\d{1,3})?[kM]$/);
      expect(fall.labels[1]!.at(-1)).to.match(/^0(\.0+)? %$/);
      for (const label of fall.labels[1]!.slice(0, -1)) expect(label).to.match(/^-\d+(\.\d+)? %$/);
      // Steps are 1, 2 or 5 times a power of ten.
      const numbers = fall.labels[1]!.map((label) => Number(label!.replace(" %", "")));
      const step = numbers[1]! - numbers[0]!;
      expect(Number((step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toFixed(6))).to.be.oneOf([1, 2, 5]);
    }
  });

  it("has dates at every scale, from years down to minutes", async () => {
    const page = await openRun("long");
    const { x } = await read(page, "shown", NAV);
    const patterns = [
      [x[1] - x[0], /^(\d{4}|[A-Z][a-z]{2})(\n\d{4})?$/],
      [60 * 24 * HOUR, /^\d+ [A-Z][a-z]{2}(\n\d{4})?$/],
      [2 * 24 * HOUR, /^\d\d:\d\d(\n\d+ [A-Z][a-z]{2}( \d{4})?)?$/],
      [HOUR, /^\d\d:\d\d(\n\d+ [A-Z][a-z]{2}( \d{4})?)?$/],
    ] as const;
    for (const [seconds, pattern] of patterns) {
      await page.evaluate(
        ([min, max]) => {
          const { plots } = globalThis as unknown as { plots: { setScale(key: string, range: object): void }[] };
          plots[0]!.setScale("x", { min, max });
        },
        [x[0], x[0] + seconds] as const,
      );
      const { labels } = await read(page, "shown", DRAWDOWN);
      expect(labels[0]!.length, `${seconds} seconds`).to.be.within(3, 16);
      for (const label of labels[0]!) expect(label).to.match(pattern);
      expect(labels[0]![0], "the first says the year").to.match(/\d{4}/);
    }
  });

  it("shows the values under the pointer, and the last ones without it", async () => {
    const { points, contestants } = report("long");
    const page = await openRun("long");
    const legend = async (): Promise<string> =>
      (await read(page, "boxes", "figure:first-of-type .u-legend"))
        .map(({ text }) => text)
        .join(" ")
        .replace(/\s+/g, " ");
    const dollars = (value: number): string => `$${Math.round(value).toLocaleString("en-US")}`;
    const said = (point: (typeof points)[number]): string[] => [
      new Date(point.utc * 1_000).toISOString().slice(0, 16).replace("T", " "),
      ...contestants.map(({ name }, i) => `${name}${dollars(point.nav[i]!)}`),
    ];
    for (const words of said(points.at(-1)!)) expect(await legend()).to.contain(words);
    const over = page.locator(".u-over").first();
    const { width } = (await over.boundingBox())!;
    await over.hover({ position: { x: width / 4, y: 60 } });
    const { x } = await read(page, "shown", NAV);
    const at = x[0] + (x[1] - x[0]) / 4;
    const nearest = points.reduce((a, b) => (Math.abs(b.utc - at) < Math.abs(a.utc - at) ? b : a));
    for (const words of said(nearest)) expect(await legend()).to.contain(words);
    await page.mouse.move(5, 5);
    for (const words of said(points.at(-1)!)) expect(await legend()).to.contain(words);
  });

  it("zooms all its charts where one is dragged across, by mouse and by finger, and back", async () => {
    for (const options of [{}, TELEPHONE]) {
      const page = await openRun("long", options);
      const whole = (await read(page, "shown", NAV)).x;
      const back = page.locator("button.whole");
      expect(await back.isVisible()).to.equal(false);
      const over = page.locator(".u-over").nth(1);
      await over.scrollIntoViewIfNeeded();
      const { x, y, width } = (await over.boundingBox())!;
      const [from, to] = [x + width / 4, x + width / 2];
      if (options === TELEPHONE) {
        const finger = await page.context().newCDPSession(page);
        const touch = (type: string, at?: number): Promise<unknown> =>
          finger.send("Input.dispatchTouchEvent", {
            type: type as "touchStart",
            touchPoints: at === undefined ? [] : [{ x: at, y: y + 80 }],
          });
        await touch("touchStart", from);
        for (let k = 1; k <= 8; k++) await touch("touchMove", from + ((to - from) * k) / 8);
        await touch("touchEnd");
      } else {
        await page.mouse.move(from, y + 80);
        await page.mouse.down();
        await page.mouse.move(to, y + 85, { steps: 8 });
        await page.mouse.up();
      }
      const wanted = [0.25, 0.5].map((part) => whole[0] + part * (whole[1] - whole[0]));
      for (let chart = 0; chart < (await read(page, "charts")); chart++) {
        const { x } = await read(page, "shown", chart);
        for (const [i, edge] of x.entries())
          expect(edge, `chart ${chart}: ${x} instead of ${wanted}`).to.satisfy(
            closeTo(wanted[i]!, 0.03 * (whole[1] - whole[0])),
          );
      }
      const [low] = (await read(page, "shown", DRAWDOWN)).y;
      expect(low).to.be.below(0);
      await back.click();
      for (const chart of [NAV, DRAWDOWN, REGIME]) expect((await read(page, "shown", chart)).x).to.deep.equal(whole);
      expect(await back.isVisible()).to.equal(false);
    }
  });

  it("keeps its legend clear of everything, however long the names", async () => {
    const long = "a-strategy-whose-file-has-a-name-longer-than-anybody-would-type-by-hand-and-then-some";
    for (const name of ["long", "short"]) {
      const page = await openChanged(name, ({ contestants: [own, ...others] }) => ({
        contestants: [{ ...own!, name: long }, ...others],
      }));
      for (const width of [1_100, 390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        await read(page, "shown", NAV);
        const entries = [
          ...(await read(page, "boxes", ".u-legend .u-series")),
          ...(await read(page, "boxes", "figcaption")),
        ];
        const plots = await read(page, "boxes", ".u-wrap");
        expect(entries.length).to.be.above(10);
        const overlap = (a: Box, b: Box): boolean =>
          a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
        for (const [i, entry] of entries.entries()) {
          for (const other of [...entries.slice(i + 1), ...plots])
            expect(overlap(entry, other), `${entry.text} over ${other.text || "a chart"} at ${width}`).to.equal(false);
          expect(entry.right, entry.text).to.be.at.most(width);
        }
        expect(await read(page, "sideways"), `at ${width}`).to.equal(0);
      }
    }
  });

  it("fits a telephone: nothing moves sideways, every figure stands beside its name", async () => {
    const page = await openRun("long", TELEPHONE);
    expect(await read(page, "sideways")).to.equal(0);
    for (const { text, left, right } of await read(page, "boxes", "body *"))
      expect([left >= -1, right <= 391], text.slice(0, 40)).to.deep.equal([true, true]);
    const head = await page.evaluate(`getComputedStyle(document.querySelector("table.rows td"), "::before").content`);
    expect(head).to.equal('"return"');
  });

  it("is dark where the system is, and has colours that everybody tells apart on either page", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await openRun("long", { colorScheme });
      const colour = (name: string): Promise<string> => read(page, "colour", name);
      const paper = await colour("--page");
      const dark = colorScheme === "dark";
      const rgb = [1, 3, 5].map((at) => Number.parseInt(paper.slice(at, at + 2), 16));
      expect(await read(page, "background")).to.equal(`rgb(${rgb.join(", ")})`);
      expect(contrast(paper, "#000000") > 10).to.equal(!dark);
      const lines = await Promise.all(LINES.map(colour));
      for (const line of lines) expect(contrast(line, paper), line).to.be.at.least(3);
      for (const name of ["--text", "--quiet"]) expect(contrast(await colour(name), paper), name).to.be.at.least(4.5);
      expect(leastDifference(lines), "lines").to.be.above(20);
      expect(leastDifference(await Promise.all(REGIMES.map(colour))), "regimes").to.be.above(20);
    }
    // Going over to the night is seen without loading anew.
    const page = await openRun("short");
    await page.emulateMedia({ colorScheme: "dark" });
    await read(page, "shown", NAV);
    expect((await read(page, "line", NAV, 1)).length).to.be.above(100);
  });

  it("shows regimes where there are some, each with its own colour over its hours, and none of an untrained network", async () => {
    const { points, strategy } = report("long");
    const page = await openRun("long");
    expect(await read(page, "charts")).to.equal(3);
    const times = points.map(({ utc }) => utc);
    const [first, last] = [times[0]!, times.at(-1)!];
    for (const [r, share] of strategy.timeInRegime.entries()) {
      const columns = await read(page, "widths", REGIME, `--regime-${r}`);
      expect(columns.length > 0, `regime ${r}`).to.equal(share > 0.01);
      const { width } = await read(page, "shown", REGIME);
      for (const part of columns) {
        const at = first + part * (last - first);
        const pixel = (last - first) / width;
        const here = points.filter((_, i) => (times[i + 1] ?? last) >= at - pixel && times[i]! <= at + pixel);
        expect(
          here.map(({ regime }) => regime),
          `at ${at}`,
        ).to.include(r);
      }
    }
    const other = await openRun("short");
    expect(await read(other, "charts")).to.equal(2);
    expect((await read(other, "boxes", "figcaption")).map(({ text }) => text).join()).to.not.match(/calm|egime/);
  });

  it("shades the hours that the network was trained on, and says of each kind of run which they are", async () => {
    const { points, strategy } = report("long");
    const { fromUtc, toUtc } = strategy.inSample!;
    expect(fromUtc).to.equal(points[0]!.utc);
    expect(toUtc).to.be.below(points.at(-1)!.utc).and.above(fromUtc);
    const page = await openRun("long");
    const shaded = await read(page, "widths", NAV, "--shade");
    const part = (toUtc - fromUtc) / (points.at(-1)!.utc - fromUtc);
    // Where nothing is shaded, paper is near in colour, but not as near.
    expect(Math.max(...shaded)).to.be.above(part - 0.02);
    const facts = async (
      name: string,
      change: (report: BacktestReport) => Partial<BacktestReport>,
    ): Promise<string> => {
      const page = await openChanged(name, change);
      const found = (await read(page, "boxes", ".facts tr")).find(({ text }) => text.startsWith("in-sample"))!.text;
      return found;
    };
    const trained = (change: Partial<BacktestReport["strategy"]>) => (report: BacktestReport) => ({
      strategy: { ...report.strategy, ...change },
    });
    expect(await facts("long", () => ({}))).to.match(
      /from 2\S+ to 2\S+: the network was trained on modelled \(seed 1\) prices from/,
    );
    expect(await facts("long", trained({ inSample: null }))).to.contain("nothing: the network was trained on");
    expect(await facts("long", trained({ inSample: null, trainedOn: null }))).to.contain("not known");
    expect(await facts("short", () => ({}))).to.contain("nothing: the network is untrained");
  });

  it("draws a vault that was lost on a linear axis, below zero too", async () => {
    const lose = ({ points }: BacktestReport): Partial<BacktestReport> => ({
      points: points.map((point, i) => ({
        ...point,
        nav: point.nav.with(0, i > points.length / 2 ? -50_000 : point.nav[0]!),
        drawdown: point.drawdown.with(0, i > points.length / 2 ? 1.05 : point.drawdown[0]!),
      })),
    });
    const page = await openChanged("short", lose);
    const { y, logarithmic } = await read(page, "shown", NAV);
    expect(logarithmic).to.equal(false);
    expect(y[0]).to.be.below(-50_000);
    expect((await read(page, "boxes", "figcaption"))[0]!.text).to.contain("dollars, linear axis");
    const columns = await read(page, "line", NAV, 1);
    expect(Math.min(...columns.map(({ low }) => low))).to.satisfy(closeTo(-50_000, 5_000));
    const falls = await read(page, "line", DRAWDOWN, 1);
    expect(Math.min(...falls.map(({ low }) => low))).to.satisfy(closeTo(-1.05, 0.02));
  });

  it("has names, as everything else that is put into it, as text and not as HTML", async () => {
    const name = `</script><img src=x onerror="document.title='broken'">`;
    const page = await openChanged("short", ({ contestants: [own, ...others] }) => ({
      contestants: [{ ...own!, name }, ...others],
    }));
    expect(await page.title()).to.equal(`Backtest: ${name}`);
    expect((await read(page, "boxes", "h1"))[0]!.text).to.equal(`Backtest: ${name}`);
  });

  it("draws bars by the same code, above and below zero", async () => {
    const file = join(folder, "bars.html");
    const lines = [
      { name: "one", values: [10, -20, 5] },
      { name: "other", values: [0, 15, -3] },
    ];
    writeFileSync(
      file,
      htmlPage("Bars", [
        charts([{ title: "bars", about: "", unit: "dollars", bars: true, counts: "epoch", x: [1, 2, 3], lines }]),
      ]),
    );
    const page = await open(file);
    expect((await read(page, "shown", NAV)).labels).to.deep.equal([
      ["1", "2", "3"],
      ["-$20", "-$15", "-$10", "-$5", "$0", "$5", "$10", "$15"],
    ]);
    for (const [i, { values }] of lines.entries()) {
      const columns = await read(page, "line", NAV, i + 1);
      expect(Math.max(...columns.map(({ high }) => high))).to.satisfy(closeTo(Math.max(...values), 0.5));
      expect(Math.min(...columns.map(({ low }) => low))).to.satisfy(closeTo(Math.min(...values), 0.5));
    }
  });
});
