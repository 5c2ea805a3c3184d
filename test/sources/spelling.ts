import { basename } from "node:path";

/** Longest line of a circuit, and longest comment elsewhere: code of TypeScript and Solidity is their formatters'. */
const WIDTH = 120;
const COMMENT = /^\s*(\/\/|\/?\*)|[;,{}()\]] \/\/ /;
/** Where wide comments have been wrapped, and none may come again. */
const WRAPPED =
  /^(\.ci|bench|circuits|test|client\/(?!sdk\/roles\/)|prover\/(?!(backtest|book|strategy)\/)|contracts\/(?!(market|vault)\/|desk\/(Clearing|Crossing)))/;

/** TypeScript and circom in camelCase, Solidity after the contract in it. */
const NAMES: Record<string, RegExp> = {
  ts: /^[a-z][a-zA-Z0-9]*(\.test|\.d)?\.ts$/,
  js: /^[a-z][a-zA-Z0-9]*\.js$/,
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

/** Lines that are too wide and that no formatter breaks. */
export function tooWide(file: string, text: string): string[] {
  const isRead = (line: string): boolean => file.endsWith(".circom") || (WRAPPED.test(file) && COMMENT.test(line));
  return text
    .split("\n")
    .flatMap((line, index) =>
      line.length > WIDTH && isRead(line) ? [`${file}:${index + 1}: ${line.length} columns, ${WIDTH} at most`] : [],
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
