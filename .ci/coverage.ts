// npm run coverage [-- FILES]: the test files (all of them without names), once for Solidity and once for TypeScript,
// and which share of the product's lines they ran. Solidity is Hardhat's own count; TypeScript is counted here, from
// what V8 records in every process that a test starts: Node runs the sources as they are written, so places need no
// mapping.
import { spawnSync } from "node:child_process";
import { globSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const RECORDS = "coverage/v8";
const PRODUCT = /^(circuits|prover|client)\/.*(?<!\.d)\.ts$/;

interface V8Function {
  /** The first range is the function's own; the later ones lie within it or within one another. */
  ranges: { startOffset: number; endOffset: number; count: number }[];
}

/** Which characters of a file ran in one process. */
function ran(text: string, functions: readonly V8Function[]): Uint8Array {
  const did = new Uint8Array(text.length);
  const ranges = functions.flatMap(({ ranges }) => ranges);
  // Whatever lies within another range says more than it.
  ranges.sort((one, other) => one.startOffset - other.startOffset || other.endOffset - one.endOffset);
  for (const { startOffset, endOffset, count } of ranges) did.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return did;
}

/**
 * Numbers of the lines, from 0 on, that hold a statement's beginning: comments, types and closing brackets don't count.
 */
function linesThatRun(file: string, text: string): Map<number, number> {
  const lines = new Map<number, number>();
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStatement(node) && !ts.isBlock(node) && !ts.isFunctionDeclaration(node) && !ts.isClassDeclaration(node)) {
      const start = node.getStart(source);
      const { line } = source.getLineAndCharacterOfPosition(start);
      if (!lines.has(line)) lines.set(line, start);
    } else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      const start = node.body.getStart(source);
      const { line } = source.getLineAndCharacterOfPosition(start);
      if (!lines.has(line)) lines.set(line, start);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

function report(): void {
  const everRan = new Map<string, Uint8Array>();
  for (const name of readdirSync(RECORDS)) {
    const { result } = JSON.parse(readFileSync(`${RECORDS}/${name}`, "utf8")) as {
      result: { url: string; functions: V8Function[] }[];
    };
    for (const { url, functions } of result) {
      if (!url.startsWith("file:")) continue;
      const file = relative(process.cwd(), fileURLToPath(url)).split(sep).join("/");
      if (!PRODUCT.test(file)) continue;
      const text = readFileSync(file, "utf8");
      const before = everRan.get(file);
      const now = ran(text, functions);
      everRan.set(file, before === undefined ? now : now.map((did, i) => did | before[i]!));
    }
  }
  const folders = new Map<string, { lines: number; ran: number }>();
  for (const file of globSync("{circuits,prover,client}/**/*.ts", { exclude: ["**/artifacts/**"] })) {
    if (!PRODUCT.test(file)) continue;
    const did = everRan.get(file);
    const starts = [...linesThatRun(file, readFileSync(file, "utf8")).values()];
    for (const folder of [file.split("/").slice(0, 2).join("/"), "in all"]) {
      const sum = folders.get(folder) ?? { lines: 0, ran: 0 };
      folders.set(folder, sum);
      sum.lines += starts.length;
      sum.ran += starts.filter((start) => did?.[start] === 1).length;
    }
  }
  console.log("\nTypeScript, lines that begin a statement");
  for (const [folder, { lines, ran }] of [...folders].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (lines > 0)
      console.log(
        `${folder.padEnd(28)} ${`${ran}`.padStart(6)} of ${`${lines}`.padStart(6)}  ${((100 * ran) / lines).toFixed(1)} %`,
      );
  }
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) process.exitCode = 1;
}

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync("test/**/*.test.ts");
run("hardhat", ["build"]);
rmSync(RECORDS, { recursive: true, force: true });
run("mocha", ["--timeout", "600000", "--exit", "--reporter", "dot", ...files], { NODE_V8_COVERAGE: RECORDS });
report();
// Limits of gas and size fail here, where contracts are larger: the first run has held them.
run("hardhat", ["test", "mocha", "--coverage", ...files], { TACIT_COVERAGE: "1" });
