import { expect } from "chai";
import fc from "fast-check";
import { genesisBook } from "../../prover/book/book.ts";
import { settleBook } from "../../prover/book/settlement.ts";
import type { Book } from "../../prover/book/book.ts";
import { profiles } from "../../prover/format/profile.ts";
import { toWord } from "../../prover/base/field.ts";
import type { Settle } from "../../prover/format/transcript.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { emptySnapshot } from "../support/snapshot.ts";
import { Dice } from "../support/scenario.ts";
import { abs } from "./ledger.ts";

/**
 * Nothing is made or lost between vaults, venue, inventory and insurance: the arithmetic of a clearing
 * (docs/protocol.md §7) beside that of the vaults' books (§4), over thousands of random epochs. No chain and no proofs;
 * epochs.test.ts has both.
 */
const profile = profiles.small;
const RUNS = 1_000;
const EPOCHS = 12;

interface Side {
  lots: bigint;
  microUsd: bigint;
}

/** The market's own side: what it holds, and its accounts beside the vaults'. */
interface Till {
  cash: bigint;
  inventory: Side[];
  insurance: bigint;
  held: bigint[];
  crossing: bigint;
}

interface SlotResult {
  reference: bigint;
  charge: bigint;
}

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/**
 * One slot of a clearing: crosses the orders at the reference and trades the rest at a venue that costs what it likes.
 */
function clearSlot(till: Till, slot: number, net: bigint, gross: bigint, reference: bigint, dice: Dice): SlotResult {
  const inventory = till.inventory[slot]!;
  let trade = net - inventory.lots;
  const takes = trade !== 0n && abs(trade) < 50n && abs(trade) * reference <= till.insurance;
  if (takes) trade = 0n;
  // Up to five per cent beyond the reference, or better than it.
  const excess = trade === 0n ? 0n : dice.between((-abs(trade) * reference) / 20n, (abs(trade) * reference) / 20n);
  const charge = excess > 0n ? ceilDiv(excess, abs(trade)) : 0n;
  const ofInventory = trade - net;
  const inventoryCharge = abs(ofInventory) * charge;
  till.cash -= trade * reference + excess;
  till.held[slot]! += trade;
  inventory.lots += ofInventory;
  inventory.microUsd -= ofInventory * reference + inventoryCharge;
  till.insurance += abs(net) * charge + inventoryCharge - excess;
  till.crossing += (gross - abs(net)) * charge;
  return { reference, charge };
}

const nothingFilled = (): Settle => ({
  groupFilled: Array<boolean>(profile.groups).fill(false),
  keep: Array<boolean>(profile.slots).fill(true),
  slots: Array.from({ length: profile.slots }, () => ({
    debit: microUsd(0n),
    charge: microUsd(0n),
    exitIndex: microUsd(0n),
  })),
});

interface World {
  till: Till;
  books: Book[];
  /** Settle words each vault's next submission will find. */
  settles: Settle[];
}

/** Plays epochs and looks at the world after each. */
function play(seed: number, vaults: number, look: (world: World, marks: bigint[]) => void): void {
  const dice = new Dice(seed);
  const { slots, groups, groupSlots } = profile;
  const world: World = {
    till: {
      cash: 0n,
      insurance: 0n,
      crossing: 0n,
      held: Array<bigint>(slots).fill(0n),
      inventory: Array.from({ length: slots }, () => ({ lots: 0n, microUsd: 0n })),
    },
    books: Array.from({ length: vaults }, () => genesisBook(slots)),
    settles: Array.from({ length: vaults }, nothingFilled),
  };
  const { till, books, settles } = world;
  let marks = Array.from({ length: slots }, () => 1n + dice.magnitude(1n << 30n));
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    marks = marks.map((mark) => (mark * dice.between(900n, 1_100n)) / 1_000n + 1n);
    const snapshot = emptySnapshot(
      profile,
      marks.map((value) => ({ value })),
    );
    const present = new Set<number>();
    for (let v = 0; v < vaults; v++) {
      if (epoch > 0 && dice.oneIn(4)) continue;
      present.add(v);
      const before = settleBook(profile, books[v]!, settles[v]!, snapshot, microUsd(0n));
      const cashFlow = microUsd(
        dice.oneIn(3) ? dice.magnitude(1n << 44n) : before.cash > 0n ? -dice.magnitude(before.cash) : 0n,
      );
      const settlement = settleBook(profile, books[v]!, settles[v]!, snapshot, cashFlow);
      till.cash += cashFlow;
      books[v] = {
        positions: settlement.positions,
        cashAdj: settlement.cashAdj,
        nav: settlement.nav,
        breachSince: 0n,
        halvings: 0n,
        salt: toWord(0n),
        order: settlement.positions.map((q) => lots(dice.oneIn(4) ? 0n : dice.between(-q, 1n << 20n))),
      };
      settles[v] = nothingFilled();
    }

    const cancelled = dice.oneIn(6);
    for (let g = 0; g < groups; g++) {
      if (cancelled || dice.oneIn(4)) continue;
      for (let slot = g * groupSlots; slot < (g + 1) * groupSlots; slot++) {
        const orders = [...present].map((v) => books[v]!.order[slot]! as bigint);
        const [net, gross] = [orders.reduce((a, b) => a + b, 0n), orders.reduce((a, b) => a + abs(b), 0n)];
        const { reference, charge } = clearSlot(
          till,
          slot,
          net,
          gross,
          (marks[slot]! * dice.between(995n, 1_005n)) / 1_000n + 1n,
          dice,
        );
        for (const v of present)
          settles[v]!.slots[slot] = { debit: microUsd(reference), charge: microUsd(charge), exitIndex: microUsd(0n) };
      }
      for (const v of present) settles[v]!.groupFilled[g] = true;
    }
    if (dice.oneIn(5)) endSeries(world, dice.index(slots), dice);
    look(world, marks);
  }
}

/** The market sells what it holds of a slot and pays every position of it the same, rounded against the vaults. */
function endSeries({ till, settles }: World, slot: number, dice: Dice): void {
  const inventory = till.inventory[slot]!;
  const position = till.held[slot]!;
  const received = position * (1n + dice.magnitude(1n << 30n)) + dice.between(0n, position);
  const exitIndex = position === 0n ? dice.magnitude(1n << 30n) : received / position;
  till.cash += received;
  till.insurance += received - exitIndex * position;
  inventory.microUsd += exitIndex * inventory.lots;
  inventory.lots = 0n;
  till.held[slot] = 0n;
  for (const settle of settles) {
    // A vault that was silent over two ends is paid the first alone.
    if (!settle.keep[slot]) continue;
    settle.keep[slot] = false;
    settle.slots[slot] = { ...settle.slots[slot]!, exitIndex: microUsd(exitIndex) };
  }
}

const anyWorld = (property: (seed: number, vaults: number) => void): void =>
  fc.assert(fc.property(fc.noShrink(fc.integer()), fc.integer({ min: 1, max: 4 }), property), { numRuns: RUNS });

describe(`Over ${(RUNS * EPOCHS).toLocaleString("en-US")} random epochs of arithmetic,`, () => {
  it("the vaults' lots and the inventory's are what the market holds, whoever was silent and whatever lapsed", () => {
    anyWorld((seed, vaults) =>
      play(seed, vaults, ({ till, books, settles }, marks) => {
        const settled = books.map((book, v) =>
          settleBook(
            profile,
            book,
            settles[v]!,
            emptySnapshot(
              profile,
              marks.map((value) => ({ value })),
            ),
            microUsd(0n),
          ),
        );
        till.held.forEach((held, slot) => {
          const booked = settled.reduce((sum, { positions }) => sum + positions[slot]!, 0n);
          expect(booked + till.inventory[slot]!.lots).to.equal(held);
        });
      }),
    );
  });

  it("cash is the vaults' cash, inventory, insurance and the charges on crossing orders, to the micro-dollar", () => {
    anyWorld((seed, vaults) =>
      play(seed, vaults, ({ till, books, settles }) => {
        const nothing = emptySnapshot(profile);
        const cash = books.reduce(
          (sum, book, v) => sum + settleBook(profile, book, settles[v]!, nothing, microUsd(0n)).cash,
          0n,
        );
        const inventory = till.inventory.reduce((sum, side) => sum + side.microUsd, 0n);
        expect(till.cash).to.equal(cash + inventory + till.insurance + till.crossing);
      }),
    );
  });

  it("the surplus that crossing leaves is never negative, and neither is the insurance", () => {
    anyWorld((seed, vaults) =>
      play(seed, vaults, ({ till }) => {
        expect(
          till.crossing >= 0n && till.insurance >= 0n,
          `crossing ${till.crossing}, insurance ${till.insurance}`,
        ).to.equal(true);
      }),
    );
  });
});
