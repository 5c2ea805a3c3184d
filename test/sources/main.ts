// node test/sources/main.ts: prints what breaks a rule for sources, and exits with 1 if anything does.
import { readFileSync } from "node:fs";
import { readSources, violations } from "./imports.ts";
import { misnamed, subjectless, tooWide } from "./spelling.ts";

const sources = readSources();
const found = [...violations(sources), ...misnamed(sources.keys())];
for (const file of sources.keys()) {
  const text = readFileSync(file, "utf8");
  found.push(...tooWide(file, text), ...subjectless(file, text));
}
for (const line of found) console.log(line);
if (found.length > 0) process.exitCode = 1;
