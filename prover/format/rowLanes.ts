import { bn254 } from "@noble/curves/bn254.js";
import { SnapshotError } from "../base/snapshotErrors.ts";

/**
 * Packs a slot's rows into field words.
 *
 * Lanes of a slot: [value, delta, gamma, vega, stress_0 … stress_{S−1}], zero padded to a multiple of LANES.
 * word w = Σ_{k<LANES} lane_{LANES·w+k}·2^(LANE_BITS·k), a signed integer, reduced mod r: a negative total −x
 * is the word r − x.
 *
 * Packing is linear, so a group's total Σ q_i·word_i holds the totals of its lanes side by side, as long as
 * each lane's total stays under 2^48: two bits of room in a lane of 50, one for the sign and one for the
 * circuit's offset. `checkGroupBudget` makes sure of it for all positions up to the caps.
 */
export const LANE_BITS = 50n;
export const LANES = 5;
/** A row, and the total of a lane over a group, is below 2^48 in absolute value. */
const ROW_BITS = 48n;
export const ROW_BOUND = 1n << ROW_BITS;
/** Lanes before the stress lanes: value, delta, gamma, vega. */
const LEADING_LANES = 4;
/** r, the order of BN254's scalar field. */
export const SCALAR_FIELD: bigint = bn254.fields.Fr.ORDER;

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

/** Words of a slot for `scenarios` stress lanes: 6 for 23, 2 for 4. */
export function rowWordCount(scenarios: number): number {
  return Math.ceil((LEADING_LANES + scenarios) / LANES);
}

/** Lanes in their order, without padding. */
export function slotLanes(rows: LaneRows): bigint[] {
  return [rows.value, rows.delta, rows.gamma, rows.vega, ...rows.stress];
}

/**
 * A slot's row words.
 * @throws SnapshotError `out-of-range` for a row of 2^48 or more.
 */
export function packSlot(rows: LaneRows): bigint[] {
  return packLanes(slotLanes(rows));
}

/**
 * The rows behind a slot's words, or behind a group's total of such words.
 * @param scenarios the profile's S
 * @throws SnapshotError `bad-lanes`, `not-canonical` or `out-of-range`.
 */
export function unpackSlot(words: readonly bigint[], scenarios: number): LaneRows {
  const [value, delta, gamma, vega, ...stress] = unpackLanes(words, LEADING_LANES + scenarios);
  return { value: value!, delta: delta!, gamma: gamma!, vega: vega!, stress };
}

/**
 * Words of any number of lanes, at least one.
 * @throws SnapshotError `bad-lanes` for none, `out-of-range` for a lane of 2^48 or more.
 */
export function packLanes(lanes: readonly bigint[]): bigint[] {
  if (lanes.length === 0) {
    throw new SnapshotError("bad-lanes", "there is no lane to pack");
  }
  const words: bigint[] = [];
  for (let first = 0; first < lanes.length; first += LANES) {
    let total = 0n;
    lanes.slice(first, first + LANES).forEach((lane, k) => {
      requireRow(`lane ${first + k}`, lane);
      total += lane << (LANE_BITS * BigInt(k));
    });
    words.push(toField(total));
  }
  return words;
}

/**
 * The inverse of `packLanes`.
 * @param count lanes packed, without padding
 * @throws SnapshotError `bad-lanes` if the words can't hold exactly `count` lanes, `not-canonical` for a word
 *   of r or more, beyond its lanes, or with data in the padding, `out-of-range` for a lane of 2^48 or more.
 */
export function unpackLanes(words: readonly bigint[], count: number): bigint[] {
  if (count < 1 || words.length !== Math.ceil(count / LANES)) {
    throw new SnapshotError(
      "bad-lanes",
      `${words.length} words do not hold ${count} lanes; ${Math.ceil(count / LANES)} do`,
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
  if (word < 0n || word >= SCALAR_FIELD) {
    throw new SnapshotError("not-canonical", `word ${index} is not below the field order`);
  }
  let rest = word > SCALAR_FIELD / 2n ? word - SCALAR_FIELD : word;
  const lanes: bigint[] = [];
  for (let k = 0; k < LANES; k++) {
    const lane = BigInt.asIntN(Number(LANE_BITS), rest);
    lanes.push(lane);
    rest = (rest - lane) >> LANE_BITS;
  }
  if (rest !== 0n) {
    throw new SnapshotError("not-canonical", `word ${index} is larger than its ${LANES} lanes`);
  }
  return lanes;
}

function toField(total: bigint): bigint {
  return total < 0n ? total + SCALAR_FIELD : total;
}
