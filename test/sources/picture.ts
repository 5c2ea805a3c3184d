// node test/sources/picture.ts [--check]: draws docs/layout.svg, the parts of the product and what imports what in
// them, from the sources and layout.ts. With --check it fails where the file is not what it would write.
import { readFileSync, writeFileSync } from "node:fs";
import { placeOf, readSources, type Sources, violations } from "./imports.ts";
import { PARTS, type Part } from "./layout.ts";

const FILE = "docs/layout.svg";
const BOX = { height: 30, gap: 18, rowGap: 34, letter: 7.3, padding: 22 };
const PANEL = { padding: 22, title: 34, gap: 46 };
const COLOURS: Record<string, { fill: string; line: string }> = {
  client: { fill: "#eef4ff", line: "#3b6fb6" },
  prover: { fill: "#eefaf1", line: "#2f8a57" },
  circuits: { fill: "#fff6e6", line: "#b7791f" },
  contracts: { fill: "#f6effc", line: "#7a4fa3" },
};

interface Node {
  /** Undefined where a line only passes through a row. */
  name: string | undefined;
  row: number;
  width: number;
  x: number;
}

/** A part with its boxes in rows, the lowest first, and lines between boxes of neighbouring rows. */
interface Panel {
  part: Part;
  rows: Node[][];
  lines: [from: Node, to: Node][];
  width: number;
  height: number;
}

/** Which boxes of a part import which. */
function importsOf(part: Part, sources: Sources): Map<string, Set<string>> {
  const boxes = new Map<string, Set<string>>();
  for (const [file, { imports }] of sources) {
    const from = placeOf(file);
    if (from?.part !== part) continue;
    const targets = boxes.get(from.box) ?? new Set<string>();
    boxes.set(from.box, targets);
    for (const to of imports) {
      const target = sources.has(to) ? placeOf(to) : undefined;
      if (target?.part === part && target.box !== from.box) targets.add(target.box);
    }
  }
  return boxes;
}

/** Without what follows from other imports: a line says that a box may lean on all that is below it along lines. */
function reduced(boxes: Map<string, Set<string>>): Map<string, Set<string>> {
  const reaches = (from: string, to: string): boolean =>
    [...boxes.get(from)!].some((next) => next === to || reaches(next, to));
  return new Map(
    [...boxes].map(([box, targets]) => [
      box,
      new Set([...targets].filter((to) => ![...targets].some((via) => via !== to && reaches(via, to)))),
    ]),
  );
}

function panelOf(part: Part, sources: Sources): Panel {
  const boxes = reduced(importsOf(part, sources));
  const level = (box: string): number => 1 + Math.max(-1, ...[...boxes.get(box)!].map(level));
  const nodes = new Map<string, Node>();
  const rows: Node[][] = [];
  const place = (name: string | undefined, row: number): Node => {
    const width = name === undefined ? 2 : name.length * BOX.letter + BOX.padding;
    const node = { name, row, width, x: 0 };
    (rows[row] ??= []).push(node);
    return node;
  };
  for (const box of part.rows.flat()) if (boxes.has(box)) nodes.set(box, place(box, level(box)));
  const lines: Panel["lines"] = [];
  for (const [box, targets] of boxes) {
    for (const target of targets) {
      let from = nodes.get(box)!;
      const end = nodes.get(target)!;
      for (let row = from.row - 1; row > end.row; row--) {
        const through = place(undefined, row);
        lines.push([from, through]);
        from = through;
      }
      lines.push([from, end]);
    }
  }
  arrange(rows, lines);
  const width = Math.max(...rows.flat().map(({ x, width }) => x + width / 2));
  const height = rows.length * BOX.height + (rows.length - 1) * BOX.rowGap;
  return { part, rows, lines, width: width + 2 * PANEL.padding, height: height + 2 * PANEL.padding + PANEL.title };
}

/**
 * Sorts each row by where its neighbours are, up and down in turn, then moves boxes towards them as far as there is
 * room.
 */
function arrange(rows: Node[][], lines: Panel["lines"]): void {
  const spread = (row: Node[]): void => {
    let x = 0;
    for (const node of row) {
      node.x = x + node.width / 2;
      x += node.width + BOX.gap;
    }
  };
  for (const row of rows) spread(row);
  const neighbours = (node: Node): Node[] =>
    lines.flatMap(([from, to]) => (from === node ? [to] : to === node ? [from] : []));
  const wanted = (node: Node): number => {
    const near = neighbours(node);
    return near.length === 0 ? node.x : near.reduce((sum, { x }) => sum + x, 0) / near.length;
  };
  for (let sweep = 0; sweep < 24; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      const goal = new Map(row.map((node) => [node, wanted(node)]));
      row.sort((one, other) => goal.get(one)! - goal.get(other)!);
      for (const [i, node] of row.entries()) {
        const before = row[i - 1];
        const least = before === undefined ? -Infinity : before.x + (before.width + node.width) / 2 + BOX.gap;
        node.x = Math.max(goal.get(node)!, least);
      }
      // What was pushed right by its neighbours shares the push.
      const push = row.reduce((sum, node) => sum + node.x - goal.get(node)!, 0) / row.length;
      for (const node of row) node.x -= push;
    }
  }
  const left = Math.min(...rows.flat().map(({ x, width }) => x - width / 2));
  for (const node of rows.flat()) node.x -= left;
}

/** Lines end at boxes, and go straight down where they only pass through a row. */
function drawPanel({ part, rows, lines, width, height }: Panel, left: number, top: number, inset: number): string {
  const { fill, line } = COLOURS[part.folder]!;
  const x = (node: Node): number => left + inset + PANEL.padding + node.x;
  const y = (row: number): number =>
    top + PANEL.title + PANEL.padding + (rows.length - 1 - row) * (BOX.height + BOX.rowGap);
  const curve = ([from, to]: [Node, Node]): string => {
    const [x0, x1] = [x(from).toFixed(1), x(to).toFixed(1)];
    const [y0, y1] = [y(from.row) + BOX.height, y(to.row)];
    const middle = (y0 + y1) / 2;
    const end = to.name === undefined ? `V${y1 + BOX.height}"` : `" marker-end="url(#${part.folder})"`;
    return `<path d="M${x0},${y0}C${x0},${middle} ${x1},${middle} ${x1},${y1}${end} fill="none" stroke="${line}"/>`;
  };
  const box = (node: Node): string =>
    `<rect x="${(x(node) - node.width / 2).toFixed(1)}" y="${y(node.row)}" width="${node.width.toFixed(1)}" ` +
    `height="${BOX.height}" rx="6" fill="#fff" stroke="${line}"/>` +
    `<text x="${x(node).toFixed(1)}" y="${y(node.row) + 20}" text-anchor="middle">${node.name}</text>`;
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="12" fill="${fill}"/>`,
    `<text x="${left + PANEL.padding}" y="${top + 32}" class="title" fill="${line}">${part.folder}/</text>`,
    ...lines.map(curve),
    ...rows.flatMap((row) => row.filter(({ name }) => name !== undefined).map(box)),
  ].join("\n");
}

/**
 * The parts that import one another in a column, users above what they use; a part that knows of no other beside it.
 */
function draw(sources: Sources): string {
  const panels = PARTS.map((part) => panelOf(part, sources));
  const alone = panels.filter(
    ({ part }) => part.uses.length === 0 && !PARTS.some(({ uses }) => uses.includes(part.folder)),
  );
  const column = panels.filter((panel) => !alone.includes(panel)).reverse();
  const width = Math.max(...column.map((panel) => panel.width));
  const drawn: string[] = [];
  let y = PANEL.gap;
  for (const [i, panel] of column.entries()) {
    drawn.push(drawPanel({ ...panel, width }, PANEL.gap, y, (width - panel.width) / 2));
    const below = column[i + 1];
    if (below !== undefined) drawn.push(arrow(PANEL.gap + width / 2, y + panel.height, below.part));
    y += panel.height + PANEL.gap;
  }
  let x = width + 2 * PANEL.gap;
  for (const panel of alone) {
    drawn.push(drawPanel(panel, x, PANEL.gap, 0));
    x += panel.width + PANEL.gap;
  }
  const height = Math.max(y, ...alone.map((panel) => panel.height + 2 * PANEL.gap)) + 10;
  const markers = PARTS.map(({ folder }) => marker(folder, COLOURS[folder]!.line));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(x)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(x)} ${Math.ceil(height)}">`,
    "<title>The parts of Tacit and what imports what in them</title>",
    "<style>text { font: 13px ui-monospace, Menlo, Consolas, monospace; fill: #222 } .title { font-size: 17px; font-weight: bold } .note { font: 12px system-ui, sans-serif; fill: #666 }</style>",
    `<defs>${markers.join("")}${marker("doors", "#444")}</defs>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${PANEL.gap}" y="28" class="note">An arrow: imports. What follows from other arrows is left out. Made by npm run layout.</text>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function marker(name: string, colour: string): string {
  return (
    `<marker id="${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">` +
    `<path d="M0,0L10,5L0,10z" fill="${colour}"/></marker>`
  );
}

/** From a part to the one below it, through the doors of that one. */
function arrow(x: number, y: number, below: Part): string {
  return (
    `<path d="M${x},${y}V${y + PANEL.gap - 2}" stroke="#444" stroke-width="2" marker-end="url(#doors)"/>` +
    `<text x="${x + 12}" y="${y + PANEL.gap / 2 + 4}" class="note">${below.doors.join(", ")}</text>`
  );
}

/** Only what keeps the rules can be drawn: a circle of boxes has no lowest row. */
function picture(): string | undefined {
  const sources = readSources();
  const broken = violations(sources);
  for (const line of broken) console.log(line);
  return broken.length === 0 ? draw(sources) : undefined;
}

const drawn = picture();
if (drawn === undefined) process.exitCode = 1;
else if (!process.argv.includes("--check")) writeFileSync(FILE, drawn);
else if (readFileSync(FILE, "utf8") !== drawn) {
  console.log(`${FILE} is not what the sources import now; run: npm run layout`);
  process.exitCode = 1;
}
