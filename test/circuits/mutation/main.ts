/**
 * Weakens every statement of the project's templates in turn and asks whether a forgery gets through: if none does,
 * either the statement says nothing that others don't, or the cases miss it. Both fail the run, and so does a statement
 * that could not be weakened.
 *
 *   npm run test:mutation [-- --write | template …]
 *
 * --write: puts the result of the whole run into docs/circuits.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ALL, describeVerdict, isFailure, judgeTemplate, summary } from "./run.ts";

const PAGE = fileURLToPath(new URL("../../../docs/circuits.md", import.meta.url));
const RESULT = /(?<=<!-- test:mutation -->\n)[\s\S]*(?=\n<!-- \/test:mutation -->)/;

const names = process.argv.slice(2).filter((argument) => argument !== "--write");
const writes = process.argv.includes("--write");
if (writes && names.length > 0) throw new Error("--write is for the whole run");

const verdicts = (names.length > 0 ? names : ALL).flatMap((name) => {
  const found = judgeTemplate(name);
  console.log(`${name}: ${found.filter(({ outcome }) => outcome === "noticed").length} of ${found.length} noticed`);
  for (const one of found) if (one.outcome !== "noticed") console.log(`  ${describeVerdict(one)}`);
  return found;
});
console.log(summary(verdicts));
if (verdicts.some(isFailure)) process.exitCode = 1;
if (writes) writeFileSync(PAGE, readFileSync(PAGE, "utf8").replace(RESULT, `${summary(verdicts)}.`));
