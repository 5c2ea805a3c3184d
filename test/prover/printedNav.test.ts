import { expect } from "chai";
import { printedNav } from "../../prover/index.ts";
import { microUsd } from "../../prover/base/units.ts";

/** A quiet book of two assets and cash, as an attacker would look for it: how many lots of each? */
const MARKS = [
  [34_567_891n, 2_345_679n],
  [34_912_347n, 2_301_113n],
  [33_871_209n, 2_401_777n],
  [35_120_011n, 2_377_773n],
] as const;
const CASH = 412_345_678n;
const BOOK = [57n, 801n] as const;
/** About a basis point of the book's NAV of $4,260. */
const STEP = microUsd(1n << 18n);

const navOf = (lots: readonly bigint[], marks: readonly bigint[]): bigint =>
  lots.reduce((sum, q, i) => sum + q * marks[i]!, CASH);
const printed = (lots: readonly bigint[], marks: readonly bigint[], step: bigint): bigint =>
  printedNav({ navBefore: microUsd(navOf(lots, marks)), insolvent: false }, microUsd(step));

/** Books near the true one that would have printed the same in every one of these dealings. */
function suspects(prints: number, step: bigint): number {
  let count = 0;
  for (let a = 0n; a < 120n; a++)
    for (let b = 0n; b < 1_800n; b++)
      if (MARKS.slice(0, prints).every((marks) => printed([a, b], marks, step) === printed(BOOK, marks, step))) count++;
  return count;
}

describe("A printed NAV", () => {
  it("is the NAV rounded down to the grid, and nothing where there is no dealing or no NAV", () => {
    const print = (nav: bigint, step: bigint, insolvent = false): bigint =>
      printedNav({ navBefore: microUsd(nav), insolvent }, microUsd(step));
    expect([print(1_000n, 1n), print(1_023n, 64n), print(1_024n, 64n), print(1_000n, 0n)]).to.deep.equal([
      1_000n,
      960n,
      1_024n,
      0n,
    ]);
    expect(print(-5n, 64n, true)).to.equal(0n);
    // What only this epoch's deposits cover is told as below zero, which the market refuses.
    expect(print(-5n, 64n)).to.equal(-64n);
  });

  it("leaves many books possible where an exact one leaves one", () => {
    expect(suspects(1, 1n), "to the micro-dollar").to.equal(1);
    expect(suspects(1, STEP), "on the grid").to.be.greaterThan(5);
  });
});
