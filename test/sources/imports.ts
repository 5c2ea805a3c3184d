import { globSync, readFileSync } from "node:fs";
import { posix, sep } from "node:path";
import ts from "typescript";
import { CORE, NODE_NAMES, PARTS, type Part } from "./layout.ts";

/** One import as it is written: of a file of this repository by its path, of a package by its name. */
export interface Import {
  readonly to: string;
  /** It is gone when the program runs. */
  readonly typeOnly: boolean;
}

export interface Source {
  readonly imports: readonly Import[];
  /** Those of `NODE_NAMES` that it mentions. */
  readonly nodeNames: readonly string[];
}

/** Sources by their paths from the root of the repository, with `/`. */
export type Sources = ReadonlyMap<string, Source>;

const SOURCES = "{contracts,circuits,prover,client,bench,test}/**/*.{ts,mjs,cjs,sol,circom}";
/** What builds leave behind. */
const MADE = /(^|\/)(node_modules|artifacts|\.cache)(\/|$)/;

/** All sources below the folder where it is called. */
export function readSources(): Sources {
  const files = globSync(SOURCES, { exclude: (path) => MADE.test(path) }).map((file) => file.split(sep).join("/"));
  return new Map(files.sort().map((file) => [file, readSource(file, readFileSync(file, "utf8"))]));
}

export function readSource(file: string, text: string): Source {
  return /\.(sol|circom)$/.test(file) ? readIncludes(file, text) : readModule(file, text);
}

/** `import … from "…";` of Solidity, `include "…";` of circom, of which a path without a dot may also be a package's. */
function readIncludes(file: string, text: string): Source {
  const found = text.matchAll(/^(?:import|include)\b[^;]*?"([^"]+)"/gm);
  const imports = [...found].map(([, path]) => {
    const isFile = path!.startsWith(".") || (file.endsWith(".circom") && !path!.startsWith("circomlib/"));
    return { to: isFile ? beside(file, path!) : path!, typeOnly: false };
  });
  return { imports, nodeNames: [] };
}

function readModule(file: string, text: string): Source {
  const imports: Import[] = [];
  const nodeNames = new Set<string>();
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    imports.push({ to: specifier.text.startsWith(".") ? beside(file, specifier.text) : specifier.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      add(node.moduleSpecifier, clause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isIdentifier(node) && NODE_NAMES.includes(node.text) && isFree(node)) nodeNames.add(node.text);
    ts.forEachChild(node, visit);
  };
  const module = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const declared = new Set<string>();
  const declare = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && ts.isIdentifier(node.name)) {
      declared.add(node.name.text);
    }
    ts.forEachChild(node, declare);
  };
  declare(module);
  visit(module);
  return { imports, nodeNames: [...nodeNames].filter((name) => !declared.has(name)) };
}

/** Not a property's name: `Buffer` in `Buffer.from(x)` is free, `process` in `job.process` and `{ process: 1 }` is not. */
function isFree(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === name || parent.expression.getText() === "globalThis";
  }
  if (ts.isPropertyAssignment(parent)) return parent.initializer === name;
  return !(ts.isPropertySignature(parent) || ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent));
}

function beside(file: string, path: string): string {
  return posix.join(posix.dirname(file), path);
}

/** What breaks a rule of `layout.ts`, as sentences. */
export function violations(sources: Sources): string[] {
  return [...misplaced(sources), ...circles(sources), ...nodeInTheCore(sources)];
}

/** Where a file stands: its part, and in it the number of its row and its box. */
export interface Place {
  readonly part: Part;
  readonly row: number;
  readonly box: string;
}

/** The box that names a file most exactly, among those that hold it. */
export function placeOf(file: string): Place | undefined {
  const part = PARTS.find(({ folder }) => file.startsWith(`${folder}/`));
  if (part === undefined) return undefined;
  let best: { path: string; row: number; box: string } | undefined;
  for (const [row, boxes] of part.rows.entries()) {
    for (const box of boxes) {
      for (const path of box.split(" ")) {
        const full = `${part.folder}/${path}`;
        const holds = path.endsWith("/") ? file.startsWith(full) : file === full;
        if (holds && full.length > (best?.path.length ?? 0)) best = { path: full, row, box };
      }
    }
  }
  return best && { part, row: best.row, box: best.box };
}

function misplaced(sources: Sources): string[] {
  const found: string[] = [];
  for (const [file, { imports }] of sources) {
    const from = placeOf(file);
    if (from === undefined) {
      if (PARTS.some(({ folder }) => file.startsWith(`${folder}/`))) found.push(`${file} is in no box of the layout`);
      continue;
    }
    for (const { to } of imports) {
      if (!sources.has(to)) continue;
      const why = forbidden(from, to);
      if (why !== undefined) found.push(`${file} imports ${to}: ${why}`);
    }
  }
  return found;
}

function forbidden(from: Place, file: string): string | undefined {
  const to = placeOf(file);
  if (to === undefined) return "it is no part of the product";
  if (from.part !== to.part) {
    if (!from.part.uses.includes(to.part.folder)) return `${from.part.folder} knows nothing of ${to.part.folder}`;
    if (to.part.doors.some((door) => file === `${to.part.folder}/${door}`)) return undefined;
    return `from outside, only ${to.part.doors.join(", ")} of ${to.part.folder} are open`;
  }
  if (from.box === to.box || to.row < from.row) return undefined;
  return to.row === from.row ? "sideways" : "upward";
}

/** Each circle once, as the path round it. */
function circles(sources: Sources): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const follow = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push(`a circle: ${[...path.slice(start), file].join(" → ")}`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const { to } of sources.get(file)!.imports) if (sources.has(to)) follow(to);
    path.pop();
    done.add(file);
  };
  for (const file of sources.keys()) follow(file);
  return found;
}

/** What the core imports for more than its types is core too, wherever it stands. */
function nodeInTheCore(sources: Sources): string[] {
  const found: string[] = [];
  const cause = new Map<string, string>();
  const isCore = (file: string): boolean =>
    CORE.some((box) => (box.endsWith("/") ? file.startsWith(box) : file === box));
  const queue = [...sources.keys()].filter(isCore);
  for (const file of queue) cause.set(file, file);
  for (const file of queue) {
    const { imports, nodeNames } = sources.get(file)!;
    const way = cause.get(file)!;
    for (const name of nodeNames) found.push(`${way} is core and mentions ${name}`);
    for (const { to, typeOnly } of imports) {
      if (to.startsWith("node:") && (isCore(file) || !typeOnly)) found.push(`${way} is core and imports ${to}`);
      if (typeOnly || !sources.has(to) || cause.has(to)) continue;
      cause.set(to, `${way} → ${to}`);
      queue.push(to);
    }
  }
  return found;
}
