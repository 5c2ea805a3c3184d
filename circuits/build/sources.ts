// Finds every file that a circuit includes, directly or not, so that a change in any of them, and in
// nothing else, rebuilds the circuit.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { CircuitError } from "../errors.ts";
import { sha256 } from "./hashing.ts";

export interface SourceFile {
  /** As the manifest names it: relative to the root in which it was found. */
  readonly name: string;
  readonly sha256: string;
}

export interface IncludeRoot {
  /** What its files are called in the manifest and in the compiler's messages. */
  readonly label: string;
  readonly folder: string;
}

const COMMENTS = /\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const INCLUDE = /\binclude\s+"([^"]+)"/g;

function includesOf(text: string): string[] {
  return [...text.replace(COMMENTS, " ").matchAll(INCLUDE)].map((match) => match[1]!);
}

/** Includes are looked for as circom does: beside the including file first, then in each root. */
export function includedSources(mainText: string, roots: readonly IncludeRoot[]): SourceFile[] {
  const found = new Map<string, SourceFile>();
  const labels = roots.map(({ label }) => `${label}/`);
  const visit = (text: string, folder: string | undefined, from: string): void => {
    for (const include of includesOf(text)) {
      const candidates = [
        ...(folder === undefined ? [] : [resolve(folder, include)]),
        ...roots.map((root) => join(root.folder, include)),
      ];
      const path = candidates.find((candidate) => existsSync(candidate));
      if (path === undefined) {
        throw new CircuitError(`${from} includes "${include}", which is in none of: ${labels.join(", ")}`);
      }
      if (found.has(path)) continue;
      const content = readFileSync(path, "utf8");
      const name = nameIn(roots, path);
      found.set(path, { name, sha256: sha256(content) });
      visit(content, dirname(path), name);
    }
  };
  visit(mainText, undefined, "the main file");
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameIn(roots: readonly IncludeRoot[], path: string): string {
  const names = roots
    .map(({ label, folder }) => ({ label, inside: relative(folder, path) }))
    .filter(({ inside }) => !inside.startsWith(".."))
    .sort((a, b) => a.inside.length - b.inside.length);
  const best = names[0];
  if (best === undefined) throw new CircuitError(`${path} is outside every folder that circuits may include from`);
  return `${best.label}/${best.inside.replaceAll("\\", "/")}`;
}
