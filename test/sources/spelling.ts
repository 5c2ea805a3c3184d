import { basename } from "node:path";

/** Longest line of a circuit; those of TypeScript and Solidity are their formatters'. */
const CIRCOM_WIDTH = 120;

/** TypeScript and circom in camelCase, Solidity after the contract in it. */
const NAMES: Record<string, RegExp> = {
  ts: /^[a-z][a-zA-Z0-9]*(\.test|\.d)?\.ts$/,
  mjs: /^[a-z][a-zA-Z0-9]*\.mjs$/,
  cjs: /^[a-z][a-zA-Z0-9]*\.cjs$/,
  circom: /^[a-z][a-zA-Z0-9]*\.circom$/,
  sol: /^[A-Z][a-zA-Z0-9]*\.sol$/,
};

/** Files whose names are spelt otherwise. */
export function misnamed(files: Iterable<string>): string[] {
  return [...files]
    .filter((file) => !NAMES[file.split(".").at(-1)!]?.test(basename(file)))
    .map((file) => `${file}: its name is spelt in another way than the others`);
}

/** Lines of a circuit that are too wide. */
export function tooWide(file: string, text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      line.length > CIRCOM_WIDTH ? [`${file}:${index + 1}: ${line.length} columns, ${CIRCOM_WIDTH} at most`] : [],
    );
}

/** Comments that begin with "Of": what they are about is left out. */
export function subjectless(file: string, text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      /(\/\/\/?|\/\*\*?|^\s*\*)\s*Of\b/.test(line) ? [`${file}:${index + 1}: a comment that begins with "Of"`] : [],
    );
}
