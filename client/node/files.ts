import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readSeedFile } from "../../prover/node.ts";
import { MANDATE_FIELDS, outsideMandate, parseStrategy, profiles, strategyNotes } from "../../prover/index.ts";
import type {
  Bps,
  Mandate,
  Profile,
  ProfileName,
  ReplayClock,
  Seed,
  StrategyNotes,
  StrategyParameters,
} from "../../prover/index.ts";
import { TacitError } from "../sdk/errors.ts";
import { requirePrivate, writePrivate } from "./stateFolder.ts";
import type { StateFolder } from "./stateFolder.ts";

/** @throws TacitError `NO_FILE` */
function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new TacitError("NO_FILE", `can't read the ${what} file ${path}`);
  }
}

/** The seed of a party that has one. @throws TacitError `NO_SEED`; SeedFileError */
export function existingSeed(state: StateFolder): Seed {
  const path = state.file("seed");
  if (!existsSync(path))
    throw new TacitError("NO_SEED", `${path} is not there: name the folder that the vault was created with`);
  return readSeedFile(path);
}

/** The text of a strategy file, which nobody else may read. @throws TacitError `NO_FILE`, `SECRET_READABLE` */
function readStrategyText(path: string): string {
  const text = readText(path, "strategy");
  requirePrivate(path);
  return text;
}

/** @throws TacitError `NO_FILE`, `SECRET_READABLE`; StrategyError */
export const readStrategy = (profile: Profile, path: string): StrategyParameters =>
  parseStrategy(profile, readStrategyText(path));

/** @returns also what the file notes beside the strategy, which training keeps */
export function readParameters(file: string): {
  parameters: StrategyParameters;
  profile: Profile;
  notes: StrategyNotes;
} {
  const text = readStrategyText(file);
  const name = /"profile"\s*:\s*"(small|standard)"/.exec(text)?.[1] as ProfileName | undefined;
  const profile = profiles[name ?? "standard"];
  const parameters = parseStrategy(profile, text);
  return { parameters, profile, notes: strategyNotes(text) };
}

export type MandateFile = Record<(typeof MANDATE_FIELDS)[number], number>;

/**
 * A mandate file: a JSON object with all limits of docs/protocol.md §2, whole numbers.
 * @throws TacitError `NO_FILE`, `BAD_MANDATE`
 */
export function readMandate(path: string): MandateFile {
  const bad = (what: string): TacitError => new TacitError("BAD_MANDATE", `${path} is no mandate: ${what}`);
  const text = readText(path, "mandate");
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw bad("it is not JSON");
  }
  for (const field of MANDATE_FIELDS) {
    if (!Number.isSafeInteger(found[field]) || (found[field] as number) < 0)
      throw bad(`${field} must be a whole number from 0`);
  }
  const unknown = Object.keys(found).find((key) => !(MANDATE_FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) throw bad(`it has no limit called ${unknown}; there are ${MANDATE_FIELDS.join(", ")}`);
  const mandate = found as MandateFile;
  if (mandate.initialMarginBps > mandate.maintenanceMarginBps)
    throw bad("initialMarginBps must not be above maintenanceMarginBps");
  return mandate;
}

/** The limits of a mandate file as the prover takes them. */
export const limitsOf = (file: MandateFile): Mandate =>
  Object.fromEntries(Object.entries(file).map(([name, limit]) => [name, BigInt(limit) as Bps])) as unknown as Mandate;

/** @throws TacitError `BAD_STRATEGY` */
export function requireInside(profile: Profile, strategy: StrategyParameters, mandate: Mandate): void {
  const faults = outsideMandate(profile, strategy, mandate);
  if (faults.length > 0)
    throw new TacitError(
      "BAD_STRATEGY",
      `targets lie outside the mandate, where the strategy would stand still: ${faults.slice(0, 4).join("; ")}${faults.length > 4 ? `; and ${faults.length - 4} more` : ""}`,
    );
}

/** A file that tells of a strategy. @throws TacitError `CANT_WRITE` */
export function writeSecret(file: string, text: string): void {
  try {
    writePrivate(file, text);
  } catch {
    throw new TacitError("CANT_WRITE", `can't write ${file}: make its folder first, or name another file`);
  }
}

/**
 * When the chain sees the hours of a replay: a JSON object with `startTimestamp` and `secondsPerHour`.
 * @throws TacitError `NO_FILE`, `BAD_REPLAY`
 */
export function readReplayClock(path: string): ReplayClock {
  const text = readText(path, "replay");
  const bad = (what: string): TacitError => new TacitError("BAD_REPLAY", `${path} is no replay file: ${what}`);
  let found: ReplayClock;
  try {
    found = JSON.parse(text) as ReplayClock;
  } catch {
    throw bad("it is not JSON");
  }
  for (const field of ["startTimestamp", "secondsPerHour"] as const) {
    if (!Number.isSafeInteger(found?.[field]) || found[field] < 1)
      throw bad(`${field} must be a whole number above 0, in seconds`);
  }
  return found;
}

export const writeReplayClock = (path: string, clock: ReplayClock): void =>
  writeFileSync(path, `${JSON.stringify(clock, null, 2)}\n`);
