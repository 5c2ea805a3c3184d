import { expect } from "chai";
import fc from "fast-check";
import { checkGroupBudget } from "../../prover/snapshot/budget.ts";
import { lanesPerWord, ROW_LANE } from "../../circuits/format.ts";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { packRowLanes, packSlot, ROW_BOUND, unpackRowLanes, unpackSlot } from "../../prover/format/lanes.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { SlotBudget } from "../../prover/snapshot/budget.ts";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";

const row = fc.bigInt({ min: -ROW_BOUND + 1n, max: ROW_BOUND - 1n });
const halfRow = fc.bigInt({ min: -ROW_BOUND / 2n + 1n, max: ROW_BOUND / 2n - 1n });
const lanesOf = (each: fc.Arbitrary<bigint>) => fc.array(each, { minLength: 27, maxLength: 27 });

function expectCode(run: () => unknown, code: string): void {
  expect(run).to.throw(SnapshotError).with.property("code", code);
}

describe("Packing rows into words", function () {
  it("takes 6 words a slot in the standard profile and 2 in the small one", function () {
    expect(profiles.standard.rowWords).to.equal(6);
    expect(profiles.small.rowWords).to.equal(2);
  });

  it("uses the BN254 scalar field", function () {
    expect(FIELD_ORDER).to.equal(21888242871839275222246405745257275088548364400416034343698204186575808495617n);
  });

  it("is Σ lane_k·2^(50k), a negative total counted down from the field order", function () {
    expect(packRowLanes([1n, 2n, 0n, 0n, 3n])).to.deep.equal([1n + (2n << 50n) + (3n << 200n)]);
    expect(packRowLanes([-1n])).to.deep.equal([FIELD_ORDER - 1n]);
    expect(packRowLanes([-1n, 1n])).to.deep.equal([(1n << 50n) - 1n]);
    expect(packRowLanes([0n, 0n, 0n, 0n, 0n, 7n])).to.deep.equal([0n, 7n]);
  });

  it("orders a slot's lanes as value, delta, gamma, vega, then the stress scenarios", function () {
    const words = packSlot({ value: 1n, delta: 2n, gamma: 3n, vega: 4n, stress: [5n, 6n, 7n, 8n] });
    expect(unpackRowLanes(words, 8)).to.deep.equal([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
  });

  it("is undone by unpacking, for any rows", function () {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 27 }), (lanes) => {
        expect(unpackRowLanes(packRowLanes(lanes), lanes.length)).to.deep.equal(lanes);
      }),
    );
    fc.assert(
      fc.property(lanesOf(row), ([value, delta, gamma, vega, ...stress]) => {
        const rows = { value: value!, delta: delta!, gamma: gamma!, vega: vega!, stress };
        expect(unpackSlot(packSlot(rows), stress.length)).to.deep.equal(rows);
      }),
    );
  });

  it("is additive modulo r", function () {
    fc.assert(
      fc.property(lanesOf(halfRow), lanesOf(halfRow), (a, b) => {
        const [wordsA, wordsB] = [packRowLanes(a), packRowLanes(b)];
        const sum = packRowLanes(a.map((lane, i) => lane + b[i]!));
        expect(wordsA.map((word, w) => (word + wordsB[w]!) % FIELD_ORDER)).to.deep.equal(sum);
      }),
    );
  });

  it("carries the totals of a group: Σ position·word unpacks to Σ position·row in every lane", function () {
    const position = fc.bigInt({ min: -(2n ** 20n), max: 2n ** 20n });
    const small = fc.bigInt({ min: -(2n ** 25n), max: 2n ** 25n });
    fc.assert(
      fc.property(fc.array(fc.tuple(position, lanesOf(small)), { minLength: 1, maxLength: 4 }), (slots) => {
        const words = packRowLanes(Array<bigint>(27).fill(0n));
        const totals = Array<bigint>(27).fill(0n);
        for (const [q, lanes] of slots) {
          packRowLanes(lanes).forEach(
            (word, w) => (words[w] = (((words[w]! + q * word) % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER),
          );
          lanes.forEach((lane, i) => (totals[i]! += q * lane));
        }
        expect(unpackRowLanes(words, 27)).to.deep.equal(totals);
      }),
    );
  });

  it("refuses a row of 2^48 or more, and takes the largest below", function () {
    for (const sign of [1n, -1n]) {
      expectCode(() => packRowLanes([0n, sign * ROW_BOUND]), "out-of-range");
      expect(unpackRowLanes(packRowLanes([sign * (ROW_BOUND - 1n)]), 1)).to.deep.equal([sign * (ROW_BOUND - 1n)]);
    }
  });

  it("refuses words that no rows pack to", function () {
    expectCode(() => unpackRowLanes([FIELD_ORDER], 5), "not-canonical");
    expectCode(() => unpackRowLanes([-1n], 5), "not-canonical");
    expectCode(() => unpackRowLanes([1n << BigInt(ROW_LANE.bits * lanesPerWord(ROW_LANE))], 5), "not-canonical");
    expectCode(() => unpackRowLanes([FIELD_ORDER / 2n], 5), "not-canonical");
    expectCode(() => unpackRowLanes([ROW_BOUND], 5), "out-of-range");
    expectCode(() => unpackRowLanes(packRowLanes([1n, 2n, 3n]), 2), "not-canonical");
  });

  it("refuses the wrong number of words", function () {
    expectCode(() => unpackRowLanes([0n], 6), "bad-lanes");
    expectCode(() => unpackRowLanes([], 0), "bad-lanes");
    expectCode(() => packRowLanes([]), "bad-lanes");
    expectCode(() => unpackSlot([0n, 0n], 23), "bad-lanes");
  });
});

describe("The budget of a group", function () {
  const slot = (change: Partial<SlotBudget["rows"]> = {}, positionCap = 1n << 20n): SlotBudget => ({
    positionCap,
    rows: {
      value: 0n,
      delta: 0n,
      gamma: 0n,
      vega: 0n,
      stress: [0n, 0n],
      notional: 0n,
      slip: 0n,
      liquidity: 1n << 20n,
      contingency: 0n,
      ...change,
    },
  });
  const half = 1n << 27n; // times the cap 2^20 half a lane

  for (const [name, change] of Object.entries({
    delta: { delta: -half },
    "a stress lane": { stress: [0n, -half] },
    notional: { notional: half },
    contingency: { contingency: half },
    slip: { slip: half },
  })) {
    it(`may be used up by ${name} up to, and not at, 2^48`, function () {
      expect(() => checkGroupBudget([slot(change), slot()])).not.to.throw();
      expectCode(() => checkGroupBudget([slot(change), slot(change)]), "over-budget");
    });
  }

  it("counts long and short rows of one lane alike, because positions may have either sign", function () {
    expectCode(() => checkGroupBudget([slot({ delta: half }), slot({ delta: -half })]), "over-budget");
  });
});
