import { globSync, readFileSync } from "node:fs";
import { posix, sep } from "node:path";
import ts from "typescript";
import { LOADERS, OTHER_SCRIPTS, PARTS, type Part } from "./layout.ts";

export interface Source {
  /** The files of this repository that it imports, or names to have them run, by their paths from its root. */
  readonly imports: readonly string[];
  /** Where it loads what is not written there as a plain string. */
  readonly unseen: readonly string[];
}

/** Sources by their paths from the root of the repository, with `/`. */
export type Sources = ReadonlyMap<string, Source>;

const SCRIPT = /\.([cm]?[jt]s|[jt]sx)$/;
const SOURCES = "{.ci,contracts,circuits,prover,client,bench,test}/**/*.{ts,mts,cts,tsx,js,mjs,cjs,jsx,sol,circom}";
/** What builds leave behind. */
const MADE = /(^|\/)(node_modules|artifacts|\.cache)(\/|$)/;
const PACKAGE = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  name: string;
  exports: Record<string, string | { default: string }>;
};

/** All sources below the folder where it is called. */
export function readSources(): Sources {
  const files = globSync(SOURCES, { exclude: (path) => MADE.test(path) }).map((file) => file.split(sep).join("/"));
  return new Map(files.sort().map((file) => [file, readSource(file, readFileSync(file, "utf8"))]));
}

export function readSource(file: string, text: string): Source {
  return SCRIPT.test(file) ? readModule(file, text) : readIncludes(file, text);
}

/** `import … from "…";` of Solidity, `include "…";` of circom, whose paths need no dot. */
function readIncludes(file: string, text: string): Source {
  const code = text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\/\/.*|\/\*[^]*?\*\//g,
    (_, quoted) => quoted ?? " ",
  );
  const found = code.matchAll(/(?<=^|[;}])\s*(?:import|include)\b[^;]*?(["'])(.+?)\1/g);
  const imports = [...found].flatMap(([, , path]) => {
    const isBare = file.endsWith(".circom") && !/^(\.|circomlib\/)/.test(path!);
    return ownFile(file, isBare ? `./${path}` : path!);
  });
  return { imports, unseen: [] };
}

function readModule(file: string, text: string): Source {
  const imports = new Set<string>();
  const unseen: string[] = [];
  const name = (path: string): void => {
    for (const to of ownFile(file, path)) imports.add(to);
  };
  const load = (path: ts.Node | undefined): void => {
    if (path === undefined) return;
    if (ts.isStringLiteralLike(path)) name(path.text);
    else unseen.push(path.parent.getText());
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) load(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) load(node.expression);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) load(node.argument.literal);
    else if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) load(node.name);
    else if (ts.isCallExpression(node)) {
      const [path] = node.arguments;
      const called = node.expression.getText();
      if (called === "import" || called === "import.meta.resolve") load(path);
      // Without a string it may be any function of that name; what makes one that loads modules is seen below.
      else if (called === "require" && path !== undefined && ts.isStringLiteralLike(path)) load(path);
    } else if (ts.isNewExpression(node) && node.arguments?.[1]?.getText().startsWith("import.meta")) {
      const [path] = node.arguments;
      if (!ts.isStringLiteralLike(path!)) load(path);
      else if (SCRIPT.test(path.text)) name(`./${path.text}`);
    } else if (ts.isIdentifier(node) && node.text === "createRequire") unseen.push(node.text);
    // Whatever it is handed to (a worker, a process), it names a module.
    else if (ts.isStringLiteralLike(node) && SCRIPT.test(node.text)) name(node.text);
    ts.forEachChild(node, visit);
  };
  const module = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  for (const { fileName } of module.referencedFiles) name(`./${fileName}`);
  visit(module);
  return { imports: [...imports], unseen: [...new Set(unseen)] };
}

/** The file of this repository that an import names; none if it names a package, or data that the package exports. */
function ownFile(file: string, name: string): [path: string] | [] {
  const target = exported(name);
  if (target !== undefined) return SCRIPT.test(target) ? [source(target)] : [];
  if (/^\.{1,2}(\/|$)/.test(name)) {
    const path = posix.join(posix.dirname(file), name);
    return path.startsWith("node_modules/") ? [] : [source(path)];
  }
  const isOwn = ["/", "#", "file:", `${PACKAGE.name}/`, ...PARTS.map(({ folder }) => `${folder}/`)];
  return isOwn.some((start) => name.startsWith(start)) ? [name] : [];
}

/** What the project's own name stands for, with or without a path behind it. */
function exported(name: string): string | undefined {
  if (name !== PACKAGE.name && !name.startsWith(`${PACKAGE.name}/`)) return undefined;
  const target = PACKAGE.exports[`.${name.slice(PACKAGE.name.length)}`];
  const path = typeof target === "object" ? target.default : target;
  return path && posix.normalize(path);
}

/** What is compiled into `dist/` when the package is made. */
const source = (path: string): string => path.replace(/^dist\/(.*)\.js$/, "$1.ts");

/** What breaks a rule of `layout.ts`, as sentences. */
export function violations(sources: Sources): string[] {
  return [...misplaced(sources), ...circles(sources), ...otherScripts(sources)];
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
  for (const [file, { imports, unseen }] of sources) {
    const from = placeOf(file);
    if (from === undefined) {
      if (PARTS.some(({ folder }) => file.startsWith(`${folder}/`))) found.push(`${file} is in no box of the layout`);
      continue;
    }
    if (!LOADERS.includes(file)) {
      for (const text of unseen) found.push(`${file} loads what no plain string names: ${text}`);
    }
    for (const to of imports) {
      const why = sources.has(to) ? forbidden(from, to) : "there is no such source";
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
    for (const to of sources.get(file)!.imports) if (sources.has(to)) follow(to);
    path.pop();
    done.add(file);
  };
  for (const file of sources.keys()) follow(file);
  return found;
}

/** Scripts that the compiler does not check. */
function otherScripts(sources: Sources): string[] {
  return [...sources.keys()]
    .filter((file) => !/\.(ts|sol|circom)$/.test(file) && !OTHER_SCRIPTS.includes(file))
    .map((file) => `${file}: the project's scripts are .ts`);
}
