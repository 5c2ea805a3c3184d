import { expect } from "chai";
import fc from "fast-check";
import {
  callTerms,
  DAY,
  deployTable,
  derivativeTerms,
  FAULT,
  FEED,
  open,
  OPTION,
  PERP,
  PREMIUM,
  setFeed,
} from "../support/derivatives.ts";
import type { TableWorld } from "../support/derivatives.ts";
import { SLOT_KIND, USD } from "../support/market.ts";
import { Dice } from "../support/scenario.ts";

/**
 * Nothing is made or lost between vaults, venue, inventory and insurance: over random paths of feed, mark and funding,
 * batches that clear or fail, transfers of margin, losses at the venue, ends of series and vaults that are silent
 * across them.
 */
const START = 100_000n * USD;
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

interface Vault {
  cashAdj: bigint;
  q: [bigint, bigint];
  /** Which series of each slot its position is of. */
  series: [number, number];
}

/** How often what happened, over all paths. */
const seen = { taken: 0, cleared: 0, failed: 0, moved: 0, ended: 0, expired: 0, lost: 0 };

class Ledger {
  readonly world: TableWorld;
  readonly vaults: Vault[] = Array.from({ length: 3 }, () => ({ cashAdj: START, q: [0n, 0n], series: [0, 0] }));
  readonly exits: [bigint[], bigint[]] = [[], []];
  /** Charges on orders that crossed, which nobody can book. */
  crossing = 0n;
  epoch = 1;
  /** Whether the perp's venue does not give its mark. */
  silent = false;
  value = PREMIUM;
  feed = FEED;
  mark = FEED;
  expiry = 0n;

  constructor(world: TableWorld) {
    this.world = world;
  }

  /** Pays a vault the exits of the series it holds lots of, as its next proof would. */
  settle(vault: Vault): void {
    for (const i of [PERP, OPTION] as const) {
      if (vault.series[i] === this.exits[i].length) continue;
      vault.cashAdj += vault.q[i] * this.exits[i][vault.series[i]]!;
      vault.q[i] = 0n;
      vault.series[i] = this.exits[i].length;
    }
  }

  /**
   * @param read the venue's account was read just now: nothing is booked that it is not worth, unless that is nothing
   */
  async check(read = false): Promise<void> {
    const { table, cash, venue } = this.world as { table: any; cash: any; venue: any };
    const [perp, option] = await Promise.all(
      [PERP, OPTION].map(async (i) => ({
        account: (await table.venue(i))[1],
        held: await table.slotAccount(i),
        says: await venue.accounts(i),
      })),
    );
    const index = perp!.account.carryIndexMicroUsd as bigint;
    let claims =
      (await table.insuranceMicroUsd()) + (await table.inventoryMicroUsd()) + option!.held.inventoryLots * this.value;
    const sums = [perp!.held.inventoryLots as bigint, option!.held.inventoryLots as bigint];
    for (const vault of this.vaults) {
      const [onPerp, onOption] = [PERP, OPTION].map((i) => {
        const exit = this.exits[i as 0 | 1][vault.series[i as 0 | 1]];
        if (exit === undefined) sums[i]! += vault.q[i as 0 | 1];
        return exit;
      });
      claims += vault.cashAdj + vault.q[PERP] * (onPerp ?? index) + vault.q[OPTION] * (onOption ?? this.value);
    }
    expect(sums).to.deep.equal([perp!.held.positionLots, option!.held.positionLots]);
    const mark = BigInt(perp!.account.markMicroUsd);
    const booked: bigint =
      perp!.account.cashMicroUsd +
      perp!.held.positionLots * mark +
      option!.account.cashMicroUsd +
      option!.held.positionLots * this.value;
    const held: bigint = await cash.balanceOf(table);
    expect(held + booked - claims - this.crossing).to.equal(0n);
    if (read && !this.silent && perp!.says.positionLots === perp!.held.positionLots) {
      expect(
        perp!.account.cashMicroUsd <= max(perp!.says.cashMicroUsd, mark * -BigInt(perp!.held.positionLots)),
      ).to.equal(true);
    }
  }
}

async function batch(ledger: Ledger, dice: Dice): Promise<void> {
  const { table, venue } = ledger.world;
  const expired = BigInt(await ledger.world.time.latest()) >= ledger.expiry;
  const participants = ledger.vaults.filter(() => !dice.oneIn(4));
  for (const vault of participants) ledger.settle(vault);
  const orders = participants.map((vault) => {
    const perp = dice.oneIn(3) ? 0n : dice.signed(800n);
    const option = expired || dice.oneIn(3) ? 0n : max(dice.signed(300n), -vault.q[OPTION]);
    return [perp, option] as const;
  });
  const nets = [PERP, OPTION].map((i) => orders.reduce((sum, order) => sum + order[i]!, 0n));
  const off = (price: bigint, bps: bigint): bigint => (price * dice.between(0n, bps)) / 10_000n;
  const marked = BigInt((await table.venue(PERP))[1].markMicroUsd);
  await venue.setMarginal(PERP, marked);
  await venue.setPrices(PERP, marked + off(marked, 40n), marked - off(marked, 40n));
  await venue.setPrices(OPTION, ledger.value + off(ledger.value, 300n), ledger.value - off(ledger.value, 300n));
  try {
    await (await table.executeGroup(0, nets)).wait();
    seen.cleared++;
  } catch {
    seen.failed++;
    return; // An order too large for the venue's margin, a price outside the slip: the orders are void.
  }
  const fills = await Promise.all([PERP, OPTION].map((i) => table.fill(i)));
  for (const [k, vault] of participants.entries()) {
    for (const i of [PERP, OPTION] as const) {
      const lots = orders[k]![i];
      vault.q[i] += lots;
      vault.cashAdj -= lots * fills[i]!.debitMicroUsd + abs(lots) * fills[i]!.chargeMicroUsd;
    }
  }
  for (const i of [PERP, OPTION]) {
    const gross = orders.reduce((sum, order) => sum + abs(order[i]!), 0n);
    ledger.crossing += (gross - abs(nets[i]!)) * fills[i]!.chargeMicroUsd;
  }
}

/** As when a vault is resolved, but that it keeps its cash: its lots are the inventory's from here on. */
async function takeOver(ledger: Ledger, vault: Vault): Promise<void> {
  const { table } = ledger.world;
  ledger.settle(vault);
  vault.cashAdj += vault.q[PERP] * (await table.venue(PERP))[1].carryIndexMicroUsd;
  for (const i of [PERP, OPTION] as const) await (await table.takeOver(i, vault.q[i])).wait();
  if (vault.q.some((lots) => lots !== 0n)) seen.taken++;
  vault.q = [0n, 0n];
}

async function end(ledger: Ledger, i: 0 | 1): Promise<void> {
  const { table, venue } = ledger.world;
  ledger.epoch++;
  await (await table.endSeries(i, ledger.epoch, 0n)).wait();
  ledger.exits[i].push(await table.exitIndex(i, ledger.epoch));
  await ledger.check();
  await venue.reset(i);
  await venue.setPrice(i, i === PERP ? ledger.feed : PREMIUM);
  await venue.setMargin(PERP, 1_000n, 500n);
}

async function step(ledger: Ledger, dice: Dice): Promise<void> {
  const { table, venue, time } = ledger.world;
  await time.increase(600 + dice.index(2 * DAY));
  ledger.feed = (ledger.feed * (10_000n + dice.signed(600n))) / 10_000n;
  ledger.mark = (ledger.feed * (10_000n + dice.signed(700n))) / 10_000n;
  await setFeed(ledger.world, ledger.feed);
  await venue.setPrice(PERP, ledger.mark);
  const { positionLots } = await table.slotAccount(PERP);
  const funding = positionLots * ((ledger.feed * dice.signed(150n)) / 10_000n) + dice.signed(50n);
  await venue.pay(PERP, dice.oneIn(8) ? dice.signed(2_000n * USD) : funding);
  ledger.silent = dice.oneIn(8);
  await setSilent(ledger);

  ledger.value = dice.between(1n, ledger.feed / 5n);
  await venue.setPrice(OPTION, ledger.value);
  const expired = BigInt(await time.latest()) + 1_200n >= ledger.expiry;
  await (await table.checkpoint()).wait();
  const mark = BigInt((await table.venue(PERP))[1].markMicroUsd);
  await open(ledger.world, {
    mark,
    value: ledger.value,
    delta: ledger.feed / 2n,
    liquidity: [10_000n, expired ? 0n : 10_000n],
  });
  await ledger.check(true);

  if ((await table.venue(PERP))[1].advancedMicroUsd > 0n) seen.lost++;
  if (dice.oneIn(6)) await takeOver(ledger, ledger.vaults[dice.index(ledger.vaults.length)]!);
  await ledger.check();
  await batch(ledger, dice);
  await ledger.check();
  if (dice.oneIn(2)) {
    try {
      const { logs } = await (await table.rebalanceMargin(dice.oneIn(3) ? OPTION : PERP)).wait();
      if (logs.length > 0) seen.moved++;
    } catch {
      /* A venue that does not answer. */
    }
    await ledger.check();
  }

  if (BigInt(await time.latest()) >= ledger.expiry) {
    await venue.setPayoff(OPTION, max(0n, ledger.feed - FEED));
    await (await table.proposeExit(OPTION)).wait();
    await time.increase(3_601);
    await end(ledger, OPTION);
    seen.expired++;
    await listCall(ledger);
  } else if (dice.oneIn(6)) {
    ledger.silent = false;
    await setSilent(ledger);
    await (await table.checkpoint()).wait();
    const settled = BigInt((await table.venue(PERP))[1].markMicroUsd);
    await venue.setMarginal(PERP, settled);
    await venue.setPrices(PERP, settled, settled);
    // An account under water has nothing to close with at that venue; the double lets it.
    await end(ledger, PERP);
    seen.ended++;
    await (
      await table.list(PERP, derivativeTerms(ledger.world, SLOT_KIND.perp, { threshold: 20n, inventoryCap: 40n }))
    ).wait();
  }
  await ledger.check();
}

const setSilent = ({ world: { venue }, silent }: Ledger): Promise<unknown> =>
  venue.setFault(PERP, venue.interface.getFunction("markMicroUsd").selector, silent ? FAULT.silent : FAULT.none);

async function listCall(ledger: Ledger): Promise<void> {
  const terms = await callTerms(ledger.world, { threshold: 20n, inventoryCap: 40n });
  ledger.expiry = terms.expiry as bigint;
  await (await ledger.world.table.list(OPTION, terms)).wait();
}

describe("Perps and options conserve money", () => {
  it("what vaults, inventory and insurance own is the market's cash and what is booked at venues, to the micro-dollar, on every path", async () => {
    const world = await deployTable({
      terms: { threshold: 20n, inventoryCap: 40n },
      cashMicroUsd: 3n * START + 10_000n * USD,
    });
    await (await world.table.fundInsurance(10_000n * USD)).wait();
    const fresh = await world.networkHelpers.takeSnapshot();
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.integer()), async (seed) => {
        const dice = new Dice(seed);
        const ledger = new Ledger(world);
        ledger.expiry = (await callTerms(world)).expiry as bigint;
        for (let k = 0; k < 8; k++) await step(ledger, dice);
        for (const vault of ledger.vaults) ledger.settle(vault);
        await ledger.check();
        await fresh.restore();
        // The first few are the same each time, and see everything: random ones alone may see no loss.
      }),
      { numRuns: 10, examples: [[1], [2], [3], [4]] },
    );
    for (const [what, times] of Object.entries(seen)) expect(times, what).to.be.above(0);
  });
});
