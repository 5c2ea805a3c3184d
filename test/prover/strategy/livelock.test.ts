import { expect } from "chai";
import { BLOCK_LOTS } from "../../../circuits/format.ts";
import { bps, lots } from "../../../prover/base/units.ts";
import { decide, slowedByCut } from "../../../prover/strategy/decide.ts";
import type { StrategyParameters } from "../../../prover/strategy/parameters.ts";
import {
  holding,
  LOOSE,
  perpSlot,
  situationOf,
  small,
  snapshotOf,
  spotSlot,
  strategyOf,
} from "../../support/strategy.ts";

/** A venue that takes so many lots of a slot in an epoch, and as many vaults that all want the same of it. */
interface Crowd {
  vaults: number;
  fitsLots: bigint;
  strategy: StrategyParameters;
  /** What each holds of the slot at first. */
  held: bigint;
  slot: 0 | 1;
  grossBps?: bigint;
}

interface Seen {
  fraction: bigint;
  orderLots: bigint;
  heldLots: bigint;
}

/** Epochs of a market that fills all orders by the largest fraction that fits. All vaults do the same. */
function play({ vaults, fitsLots, strategy, held, slot, grossBps }: Crowd, epochs: number): Seen[] {
  const snapshot = snapshotOf(small, { 0: spotSlot(10n, { liquidity: lots(1_000_000n) }), 1: perpSlot(10n) });
  const seen: Seen[] = [];
  let [position, halvings, cut] = [held, 0, false];
  let breachSince = 0n;
  for (let epoch = 100n; seen.length < epochs; epoch++) {
    halvings = slowedByCut(halvings, { cut });
    const settled = holding(snapshot, { [slot]: position }, slot === 0 ? 1_000_000n - position * 10n : 1_000_000n);
    const decision = decide(
      small,
      strategy,
      situationOf(
        small,
        snapshot,
        { ...settled, cut, breachSince },
        {
          epoch,
          halvings,
          mandate: grossBps === undefined ? LOOSE : { ...LOOSE, grossBps: bps(grossBps), breachEpochs: 0n },
        },
      ),
    );
    const order = decision.order[slot]!;
    const sum = (order < 0n ? -order : order) * BigInt(vaults);
    const most = sum === 0n ? BLOCK_LOTS : (BLOCK_LOTS * fitsLots) / sum;
    const fraction = most > BLOCK_LOTS ? BLOCK_LOTS : most;
    position += (order / BLOCK_LOTS) * fraction;
    cut = order !== 0n && fraction < BLOCK_LOTS;
    ({ halvings } = decision);
    breachSince = decision.report.breachSince;
    seen.push({ fraction, orderLots: order, heldLots: position });
  }
  return seen;
}

describe("Vaults that want more than sixteen times what fits", () => {
  const TARGET = 40_000n;
  const buyers: Crowd = {
    vaults: 50,
    fitsLots: 60_000n,
    strategy: strategyOf(small, { weightBps: [4_000n, 0n, 0n, 0n] }),
    held: 0n,
    slot: 0,
  };

  it("fill nobody at first, and something four epochs later at most, without anybody's help", () => {
    const seen = play(buyers, 12);
    expect(seen[0]).to.deep.equal({ fraction: 0n, orderLots: TARGET, heldLots: 0n });
    const first = seen.findIndex(({ fraction }) => fraction > 0n);
    expect(first > 0 && first <= 4, `epoch ${first}`).to.equal(true);
    expect(
      seen.slice(first).every(({ fraction }) => fraction > 0n),
      "never nobody again",
    ).to.equal(true);
  });

  it("get what they want at nearly the rate at which it fits", () => {
    const least = Number((TARGET * BigInt(buyers.vaults)) / buyers.fitsLots);
    const seen = play(buyers, 4 * least);
    const done = seen.findIndex(({ heldLots }) => heldLots > (TARGET * 9n) / 10n);
    expect(done >= 0 && done <= 2 * least, `${done} epochs, ${least} at least`).to.equal(true);
  });

  it("retreat all the same, each by less until all of it fits", () => {
    const crowd = { ...buyers, held: -90_000n, slot: 1, grossBps: 5_000n } as const;
    const seen = play({ ...crowd, strategy: strategyOf(small, {}, { defencePace: 128n }) }, 60);
    expect(seen[0]!.fraction, "nobody's at first").to.equal(0n);
    expect(seen.slice(5).every(({ fraction }) => fraction > 0n)).to.equal(true);
    expect(-seen.at(-1)!.heldLots).to.be.below(51_000);
  });
});
