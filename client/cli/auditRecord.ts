import { existsSync, appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import type { AuditReport, SubmissionId } from "../sdk/roles/auditor.ts";
import { TacitError } from "../sdk/errors.ts";

/** What is kept of an audited submission. */
export interface AuditRow extends SubmissionId {
  ok: boolean;
  halted: boolean;
  developmentKey: boolean;
  /** The epoch was over. */
  final: boolean;
  /** How many checks were made. */
  checks: number;
  /** What did not hold, in words. */
  failed: string[];
}

const COLUMNS = [
  "market",
  "epoch",
  "vault",
  "transactionHash",
  "ok",
  "halted",
  "developmentKey",
  "final",
  "checks",
  "failed",
] as const;
const HEAD = COLUMNS.join(",");

/**
 * Audited submissions as a CSV file, a line each as soon as it is audited: what stands there as sound and final needs
 * no second audit. Without a file it remembers nothing.
 */
export class AuditRecord {
  readonly file: string | undefined;
  readonly #market: string;
  readonly #rows = new Map<string, AuditRow>();

  /** @throws TacitError `BAD_RECORD` where the file is no record of this market */
  constructor(file: string | undefined, market: string) {
    this.file = file;
    this.#market = market;
    if (file === undefined) return;
    if (existsSync(file))
      for (const row of readRows(file, market)) this.#rows.set(row.transactionHash + row.vault, row);
    // Lines that are audited anew would stand there twice, half a line spoil the next.
    const kept = [...this.#rows.values()].map((row) => this.#line(row));
    try {
      writeFileSync(file, [HEAD, ...kept, ""].join("\n"));
    } catch (error) {
      throw new TacitError(
        "CANT_WRITE",
        `can't write ${file} (${(error as NodeJS.ErrnoException).code}): name another`,
      );
    }
  }

  has = (one: SubmissionId): boolean => this.get(one) !== undefined;

  get({ vault, epoch, transactionHash }: SubmissionId): AuditRow | undefined {
    const row = this.#rows.get(transactionHash + vault);
    return row?.epoch === epoch ? row : undefined;
  }

  add({ vault, epoch, transactionHash, ok, developmentKey, final, checks }: AuditReport, halted: boolean): AuditRow {
    const failed = checks.filter((check) => !check.ok).map(({ claim, detail }) => `${claim}: ${detail}`);
    const row = { epoch, vault, transactionHash, ok, halted, developmentKey, final, checks: checks.length, failed };
    if (this.file !== undefined) appendFileSync(this.file, `${this.#line(row)}\n`);
    return row;
  }

  #line(row: AuditRow): string {
    const cells = { ...row, market: this.#market, failed: row.failed.join("; ") };
    return COLUMNS.map((column) => quoted(String(cells[column]))).join(",");
  }
}

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The rows of a record that need no second audit. */
function readRows(file: string, market: string): AuditRow[] {
  const text = readFileSync(file, "utf8");
  const bad = (what: string): TacitError =>
    new TacitError("BAD_RECORD", `${file} ${what}: name another file, or move it away`);
  if (text !== "" && text.split("\n")[0] !== HEAD) throw bad("is there and is no record of tacit verify");
  // A run that was killed may have left half a line, of which nothing counts.
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const found = parse(whole, { columns: true }) as Record<(typeof COLUMNS)[number], string>[];
  if (found.some((row) => row.market.toLowerCase() !== market.toLowerCase()))
    throw bad("is a record of another market");
  return found
    .filter(({ ok, final }) => ok === "true" && final === "true")
    .map((row) => ({
      epoch: Number(row.epoch),
      vault: row.vault,
      transactionHash: row.transactionHash,
      ok: true,
      halted: row.halted === "true",
      developmentKey: row.developmentKey === "true",
      final: true,
      checks: Number(row.checks),
      failed: [],
    }));
}
