import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import type { Context } from "mocha";

/**
 * Reference data that is not part of the repository: a folder named `shared/data` beside the checkout.
 * A test that needs it is skipped, with the reason in its title, where it is missing.
 */
const ROOT = path.resolve(import.meta.dirname, "../../../shared/data");

/** Path of a file or folder of the reference data; skips the running test when there is none. */
export function referencePath(test: Context, relative: string): string {
  const full = path.join(ROOT, relative);
  if (!existsSync(full)) {
    if (test.test !== undefined) {
      test.test.title += ` [skipped: no reference data at ../shared/data/${relative}]`;
    }
    test.skip();
  }
  return full;
}

/** Rows of a reference CSV, one object per line with text fields. */
export function referenceCsv(test: Context, relative: string): Record<string, string>[] {
  const text = readFileSync(referencePath(test, relative), "utf8");
  return parse<Record<string, string>>(text, { columns: true, skip_empty_lines: true });
}

/** A reference JSON file. */
export function referenceJson<T>(test: Context, relative: string): T {
  return JSON.parse(readFileSync(referencePath(test, relative), "utf8")) as T;
}

/** A numeric column of a row. */
export function num(row: Record<string, string>, column: string): number {
  const value = Number(row[column]);
  if (row[column] === undefined || row[column] === "" || Number.isNaN(value)) {
    throw new Error(`column ${column} holds "${row[column]}", not a number`);
  }
  return value;
}

/** Largest of the numbers; NaN counts as infinite, so that it never hides. */
export function largest(values: number[]): number {
  return values.reduce((worst, value) => Math.max(worst, Number.isNaN(value) ? Infinity : Math.abs(value)), 0);
}
