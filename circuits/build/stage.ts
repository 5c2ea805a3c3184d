// A stage makes some files of an artefact folder from some inputs. What it made, and from which
// inputs, is written down after the files are in place; a stage is skipped only if the inputs are the
// same and every file still has the hash it had. A stage that was interrupted is simply run again,
// the ones before it are not.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashFile, type Json } from "./hashing.ts";

export interface OutputHash {
  readonly sha256: string;
  readonly bytes: number;
}

export interface StageRecord<Facts extends Json = Json> {
  /** Hash of all inputs. */
  readonly key: string;
  readonly outputs: { readonly [file: string]: OutputHash };
  /** What later stages want to know about the result. */
  readonly facts: Facts;
}

export interface StageResult<Facts extends Json> extends StageRecord<Facts> {
  /** Why the stage ran; undefined if it did not have to. */
  readonly ran: string | undefined;
  readonly milliseconds: number;
}

const RECORDS = ".stages";
const TEMPORARY = ".tmp-";

function recordPath(folder: string, stage: string): string {
  return join(folder, RECORDS, `${stage}.json`);
}

export function readRecord<Facts extends Json>(folder: string, stage: string): StageRecord<Facts> | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(folder, stage), "utf8")) as StageRecord<Facts>;
  } catch {
    return undefined;
  }
}

/** The first output that is missing or not what it was. */
export function damagedOutput(folder: string, outputs: StageRecord["outputs"]): string | undefined {
  return Object.entries(outputs).find(([file, { sha256, bytes }]) => {
    const path = join(folder, file);
    return !existsSync(path) || statSync(path).size !== bytes || hashFile(path) !== sha256;
  })?.[0];
}

export async function runStage<Facts extends Json>(
  folder: string,
  stage: string,
  key: string,
  files: readonly string[],
  work: (temporary: string) => Promise<Facts>,
): Promise<StageResult<Facts>> {
  const record = readRecord<Facts>(folder, stage);
  const reason = reasonToRun(folder, record, key, files);
  if (record !== undefined && reason === undefined) return { ...record, ran: undefined, milliseconds: 0 };

  const began = performance.now();
  const temporary = join(folder, `${TEMPORARY}${stage}-${process.pid}`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  try {
    const facts = await work(temporary);
    const made = await install(folder, stage, key, files, temporary, facts);
    return { ...made, ran: reason, milliseconds: Math.round(performance.now() - began) };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function install<Facts extends Json>(
  folder: string,
  stage: string,
  key: string,
  files: readonly string[],
  temporary: string,
  facts: Facts,
): Promise<StageRecord<Facts>> {
  const outputs: { [file: string]: OutputHash } = {};
  for (const file of files) {
    const path = join(temporary, file);
    outputs[file] = { sha256: hashFile(path), bytes: statSync(path).size };
  }
  const record: StageRecord<Facts> = { key, outputs, facts };
  rmSync(recordPath(folder, stage), { force: true });
  for (const file of files) renameSync(join(temporary, file), join(folder, file));
  writeAtomically(recordPath(folder, stage), JSON.stringify(record, undefined, 2));
  return record;
}

function reasonToRun(
  folder: string,
  record: StageRecord | undefined,
  key: string,
  files: readonly string[],
): string | undefined {
  if (record === undefined) return "not built yet";
  if (record.key !== key) return "inputs changed";
  if (files.some((file) => !(file in record.outputs))) return "inputs changed";
  const damaged = damagedOutput(folder, record.outputs);
  return damaged === undefined ? undefined : `${damaged} is missing or damaged`;
}

/** What an interrupted build left behind. Only to be called by the holder of the folder's lock. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) {
    if (entry.startsWith(TEMPORARY)) rmSync(join(folder, entry), { recursive: true, force: true });
  }
}

export function writeAtomically(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text.endsWith("\n") ? text : `${text}\n`);
  renameSync(temporary, path);
}
