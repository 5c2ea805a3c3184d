import { expect } from "chai";
import { bestPlay, costOfMove, restingPrice, swap } from "../../bench/mev/search.ts";
import type { Event, Pool } from "../../bench/mev/search.ts";
import { chargeAt, clearing, vaultSwap } from "../../bench/mev/trades.ts";
import type { SlotClearing } from "../../bench/mev/trades.ts";

/** $10 a lot, $20 million a side over a factor 4 of price. */
const PRICE = 10;
const POOL: Pool = { liquidity: 40e6 / Math.sqrt(PRICE), fee: 0.003 };
const SLIPPAGE = 0.005;

/** A swap with the usual slippage allowed beyond its quote. */
function victim(lots: number): Event {
  const { costUsd } = swap(POOL, PRICE, lots)!;
  return vaultSwap(POOL, lots, costUsd * (1 + (lots > 0 ? SLIPPAGE : -SLIPPAGE)), PRICE);
}

const slot = (changes: Partial<SlotClearing> = {}): SlotClearing => ({
  lots: 5_000,
  reference: PRICE,
  mark: PRICE,
  slip: 0.05,
  epsilon: 0.005,
  band: 0.01,
  ...changes,
});

/** Every push in small steps, and afterwards every price to leave the pool at. */
function triedOut(event: Event): number {
  const steps = Array.from({ length: 2_001 }, (_, k) => PRICE * (1 + (k - 1_000) * 2e-5));
  let mostUsd = 0;
  for (const pushed of steps) {
    const outcome = event.at(pushed);
    if (!outcome) continue;
    const left = restingPrice(POOL, PRICE, outcome.price);
    mostUsd = Math.max(
      mostUsd,
      outcome.bonusUsd - costOfMove(POOL, PRICE, PRICE, pushed) - costOfMove(POOL, PRICE, outcome.price, left),
    );
  }
  return mostUsd;
}

describe("The sandwich bot of the bench", () => {
  it("earns nothing where nobody trades, and nothing from a swap that moves the price by less than the pool's fee", () => {
    expect(bestPlay(POOL, PRICE, PRICE, []).profitUsd).to.equal(0);
    expect(bestPlay(POOL, PRICE, PRICE, [victim(4_000)]).profitUsd).to.equal(0);
  });

  it("earns as much as trying every size of its trade does", () => {
    for (const lots of [8_000, 15_000, 40_000, 150_000, -8_000, -40_000, -150_000]) {
      const { profitUsd } = bestPlay(POOL, PRICE, PRICE, [victim(lots)]);
      const triedUsd = triedOut(victim(lots));
      expect(profitUsd, `${lots} lots`).to.be.within(triedUsd * 0.999 - 0.01, triedUsd * 1.001 + 1);
    }
    for (const own of [0, 60_000, -60_000]) {
      const event = clearing(POOL, slot(), {
        lots: own,
        truePrice: PRICE,
        elseUsd: Math.abs(own) * chargeAt(POOL, slot(), PRICE)!.chargeUsd,
      });
      const { profitUsd } = bestPlay(POOL, PRICE, PRICE, [event]);
      expect(profitUsd, `owning ${own} lots`).to.be.within(triedOut(event) * 0.999 - 0.01, triedOut(event) * 1.001 + 1);
    }
  });

  it("earns more from several swaps in one block than from each by itself, also where they go in opposite directions", () => {
    for (const sizes of [
      [40_000, 15_000],
      [40_000, -40_000],
      [20_000, 10_000, -15_000, -25_000],
    ]) {
      const alone = sizes.map((lots) => bestPlay(POOL, PRICE, PRICE, [victim(lots)]).profitUsd);
      const together = bestPlay(POOL, PRICE, PRICE, sizes.map(victim)).profitUsd;
      expect(together, sizes.join()).to.be.greaterThan(Math.max(...alone));
    }
  });

  it("pushes a swap to the worst price it takes, and not beyond", () => {
    const event = victim(40_000);
    const { stages } = bestPlay(POOL, PRICE, PRICE, [event]);
    expect(stages.map(({ event: index }) => index)).to.deep.equal([0, undefined]);
    expect(event.at(stages[0]!.price)).to.not.equal(undefined);
    expect(event.at(stages[0]!.price * (1 + 1e-6))).to.equal(undefined);
  });

  it("gets nothing from orders that cross in the market without a net, except by its own vault's charge", () => {
    const crossed = slot({ lots: 0 });
    const own = { lots: 100_000, truePrice: PRICE, elseUsd: 0 };
    expect(bestPlay(POOL, PRICE, PRICE, [clearing(POOL, crossed, own)]).profitUsd).to.equal(0);
  });

  it("gets no more from a net, beyond the pool's fee, than the slot's band leaves it, however wide the slip is", () => {
    const [lots, bands, pool] = [5_000, [0.005, 0.004, 0.003], { ...POOL, fee: 0.0005 }];
    const earned = bands.map((band) => {
      const event = clearing(pool, slot({ lots, slip: 0.1, band }), { lots: 0, truePrice: PRICE, elseUsd: 0 });
      return bestPlay(pool, PRICE, PRICE, [event]).profitUsd;
    });
    expect(earned[0]! > earned[1]! && earned[1]! > earned[2]!, earned.join()).to.equal(true);
    for (const [k, band] of bands.entries()) expect(earned[k]).to.be.at.most(lots * PRICE * (band - pool.fee));
  });

  it("plays nothing where the net is too large to clear at any price it can make", () => {
    const { stages, profitUsd } = bestPlay(POOL, PRICE, PRICE, [
      clearing(POOL, slot({ lots: 150_000 }), { lots: 0, truePrice: PRICE, elseUsd: 0 }),
    ]);
    expect([stages.length, profitUsd]).to.deep.equal([0, 0]);
  });
});
