import { FIELD_ORDER, laneOffset, lanesPerWord, ROW_BITS, ROW_LANE, ROW_LANES } from "../../circuits/format.ts";
import type { LaneFormat } from "../../circuits/format.ts";
import { fromWord, toWord } from "../base/field.ts";
import { SnapshotError } from "../base/snapshotErrors.ts";
import type { Word } from "../base/units.ts";

/** Every packing of numbers into words. How wide the lanes are is said in `circuits/format.ts`. */

// ------------------------------------------------------------------------------------------------ with an offset

/** A number that its lane has room for: the caller has checked. */
export interface Lane extends LaneFormat {
  readonly value: bigint;
}

/** What a lane may hold: a signed one not its lowest value, so that a range is the same on both sides of 0. */
export function laneRange(lane: LaneFormat): readonly [low: bigint, high: bigint] {
  const half = laneOffset(lane);
  return lane.signed ? [1n - half, half - 1n] : [0n, (1n << BigInt(lane.bits)) - 1n];
}

/** Lanes side by side from the lowest bit. */
export function packLanes(lanes: readonly Lane[]): bigint {
  let word = 0n;
  let at = 0n;
  for (const lane of lanes) {
    word += (lane.value + laneOffset(lane)) << at;
    at += BigInt(lane.width ?? lane.bits);
  }
  return word;
}

/** The inverse of `packLanes`; undefined if the word holds more than its lanes. */
export function unpackLanes(word: bigint, lanes: readonly LaneFormat[]): bigint[] | undefined {
  let rest = word;
  const values = lanes.map((lane) => {
    const width = lane.width ?? lane.bits;
    const value = BigInt.asUintN(width, rest) - laneOffset(lane);
    rest >>= BigInt(width);
    return value;
  });
  return rest === 0n ? values : undefined;
}

/** A list in lanes of one kind, as many to a word as it has room for. */
export function packList(values: readonly bigint[], lane: LaneFormat): bigint[] {
  const perWord = lanesPerWord(lane);
  return Array.from({ length: Math.ceil(values.length / perWord) }, (_, w) =>
    packLanes(values.slice(w * perWord, (w + 1) * perWord).map((value) => ({ ...lane, value }))),
  );
}

/** The inverse of `packList` for `count` values; undefined if a word holds more than its lanes. */
export function unpackList(words: readonly bigint[], count: number, lane: LaneFormat): bigint[] | undefined {
  const perWord = lanesPerWord(lane);
  const lists = words.map((word, w) =>
    unpackLanes(word, Array<LaneFormat>(Math.min(perWord, count - w * perWord)).fill(lane)),
  );
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}

// ------------------------------------------------------------------------------------------------ rows of a slot

/**
 * Row words add up: lanes of a slot are [value, delta, gamma, vega, stress_0 … stress_{S−1}], zero padded to whole
 * words, and word w = Σ_k lane_k·2^(ROW_LANE.bits·k), a signed integer, reduced mod r: a negative total −x is the word
 * r − x.
 *
 * Packing is linear, so a group's total Σ q_i·word_i holds the totals of its lanes side by side, as long as
 * each lane's total stays under 2^48: two bits of room in a lane of 50, one for the sign and one for the
 * circuit's offset. `checkGroupBudget` makes sure of it for all positions up to the caps.
 */
const LANES_PER_WORD = lanesPerWord(ROW_LANE);
/** A row, and the total of a lane over a group, is below this in absolute value. */
export const ROW_BOUND = 1n << BigInt(ROW_BITS);

/** The rows that travel in lanes, micro-dollars a lot. */
export interface LaneRows {
  /** What the lot adds to NAV, ≥ 0; 0 for a perp, whose gains are cash. */
  value: bigint;
  /** Dollar delta: profit per 100 % move of the underlying, to first order. */
  delta: bigint;
  /** Dollar gamma: dollars of underlying to trade to restore the delta after a 1 % move, Γ·F²/100. */
  gamma: bigint;
  /** Profit per volatility point (0.01). */
  vega: bigint;
  /** Profit (positive) or loss (negative) in each scenario. */
  stress: bigint[];
}

/** Lanes in their order, without padding. */
export function slotLanes(rows: LaneRows): bigint[] {
  return [...ROW_LANES.map((name) => rows[name]), ...rows.stress];
}

/**
 * A slot's row words.
 * @throws SnapshotError `out-of-range` for a row of 2^48 or more.
 */
export function packSlot(rows: LaneRows): bigint[] {
  return packRowLanes(slotLanes(rows));
}

/**
 * The rows behind a slot's words, or behind a group's total of such words.
 * @param scenarios the profile's S
 * @throws SnapshotError `bad-lanes`, `not-canonical` or `out-of-range`.
 */
export function unpackSlot(words: readonly bigint[], scenarios: number): LaneRows {
  const [value, delta, gamma, vega, ...stress] = unpackRowLanes(words, ROW_LANES.length + scenarios);
  return { value: value!, delta: delta!, gamma: gamma!, vega: vega!, stress };
}

/**
 * Words of any number of lanes, at least one.
 * @throws SnapshotError `bad-lanes` for none, `out-of-range` for a lane of 2^48 or more.
 */
export function packRowLanes(lanes: readonly bigint[]): bigint[] {
  if (lanes.length === 0) {
    throw new SnapshotError("bad-lanes", "there is no lane to pack");
  }
  const words: bigint[] = [];
  for (let first = 0; first < lanes.length; first += LANES_PER_WORD) {
    let total = 0n;
    lanes.slice(first, first + LANES_PER_WORD).forEach((lane, k) => {
      requireRow(`lane ${first + k}`, lane);
      total += lane << BigInt(ROW_LANE.bits * k);
    });
    words.push(toWord(total));
  }
  return words;
}

/**
 * The inverse of `packRowLanes`.
 * @param count lanes packed, without padding
 * @throws SnapshotError `bad-lanes` if the words can't hold exactly `count` lanes, `not-canonical` for a word
 *   of r or more, beyond its lanes, or with data in the padding, `out-of-range` for a lane of 2^48 or more.
 */
export function unpackRowLanes(words: readonly bigint[], count: number): bigint[] {
  if (count < 1 || words.length !== Math.ceil(count / LANES_PER_WORD)) {
    throw new SnapshotError(
      "bad-lanes",
      `${words.length} words do not hold ${count} lanes; ${Math.ceil(count / LANES_PER_WORD)} do`,
    );
  }
  const lanes = words.flatMap((word, w) => unpackWord(word, w));
  lanes.forEach((lane, i) => {
    if (i >= count && lane !== 0n) {
      throw new SnapshotError("not-canonical", `lane ${i} is padding and holds ${lane}; padding must be 0`);
    }
    requireRow(`lane ${i}`, lane);
  });
  return lanes.slice(0, count);
}

/**
 * Throws unless |row| < 2^48.
 * @throws SnapshotError `out-of-range`, naming the row.
 */
export function requireRow(name: string, row: bigint): void {
  if (row >= ROW_BOUND || row <= -ROW_BOUND) {
    throw new SnapshotError(
      "out-of-range",
      `${name} is ${row}; rows stay below 2^${ROW_BITS} in absolute value, so make the lot smaller`,
    );
  }
}

function unpackWord(word: bigint, index: number): bigint[] {
  if (word < 0n || word >= FIELD_ORDER) {
    throw new SnapshotError("not-canonical", `word ${index} is not below the field order`);
  }
  let rest = fromWord(word as Word);
  const lanes: bigint[] = [];
  for (let k = 0; k < LANES_PER_WORD; k++) {
    const lane = BigInt.asIntN(ROW_LANE.bits, rest);
    lanes.push(lane);
    rest = (rest - lane) >> BigInt(ROW_LANE.bits);
  }
  if (rest !== 0n) {
    throw new SnapshotError("not-canonical", `word ${index} is larger than its ${LANES_PER_WORD} lanes`);
  }
  return lanes;
}
