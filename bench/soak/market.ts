import hre from "hardhat";
import { Interface } from "ethers";
import type { Contract, ContractTransactionReceipt, Signer } from "ethers";
import { contractArtifact, deploy, link, sent } from "../../client/deploy/artifacts.ts";
import {
  addPerpLiquidity,
  createPerp,
  deployCurie,
  depositMargin,
  movePerpPrice,
  refreshIndex,
} from "../../client/deploy/local/curie.ts";
import type { Curie, Perp } from "../../client/deploy/local/curie.ts";
import { DEFAULT_VENUE_RULE, PERP_FEE_BPS, PERP_FEE_PIPS } from "../../client/deploy/local/derivatives.ts";
import { DEFAULT_CONFIG } from "../../client/deploy/local/market.ts";
import { deployLibraries, storeWords } from "../../client/deploy/market.ts";
import { marginDue, marginOf } from "../../client/sdk/views/market.ts";
import type { VenueMargin } from "../../client/sdk/views/market.ts";
import { profiles } from "../../prover/format/profile.ts";
import { snapshotWords } from "../../prover/format/transcript.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { SLOT_KIND, spotSnapshot, USD } from "../../test/support/market.ts";
import { revertReason } from "../../test/support/thrown.ts";

/**
 * The market's perp accounts at the real Curie, without epochs and proofs: table, margin rule, clearing and adapter are
 * the market's own (`TableHarness`); nets are handed in as if they had been opened, and one vault stands for all.
 */
export class SoakMarket {
  readonly slots: readonly SoakSlot[];
  readonly #world: World;
  /** What the vaults have paid, and hold by slot. */
  readonly #vault: { cashMicroUsd: bigint; readonly lots: bigint[] };
  #exits = 1;

  private constructor(world: World, slots: readonly SoakSlot[]) {
    this.#world = world;
    this.slots = slots;
    this.#vault = { cashMicroUsd: CASH_MICRO_USD, lots: slots.map(() => 0n) };
  }

  /**
   * @param prices of the first hour, µUSD a token by symbol; two assets at most: each has a group, with a slot for
   * either side
   */
  static async open(prices: ReadonlyMap<string, bigint>): Promise<SoakMarket> {
    const connection = await hre.network.create();
    const [governor, maker] = (await connection.ethers.getSigners()) as unknown as [Signer, Signer];
    const make = (name: string, ...args: unknown[]): Promise<Contract> =>
      deploy(governor, contractArtifact(name), ...args);
    const cash = await make("TestToken", "Test dollar", "tUSD", 6);
    const manager = await make("AccessManager", await governor.getAddress());
    const { epsilonBps, kappaBps } = DEFAULT_CONFIG;
    const terms = {
      cash: cash.target,
      snapshot: "0x0000000000000000000000000000000000000000",
      rowWords: profile.rowWords,
      epsilonBps,
      kappaBps,
    };
    const table = await deploy(
      governor,
      link(contractArtifact("TableHarness"), await deployLibraries(governor)),
      terms,
    );
    await sent(cash, "mint", table.target, CASH_MICRO_USD);
    await sent(cash, "mint", await governor.getAddress(), INSURANCE_MICRO_USD);
    await sent(cash, "transfer", table.target, INSURANCE_MICRO_USD);
    await sent(table, "fundInsurance", INSURANCE_MICRO_USD);
    await sent(cash, "mint", await maker.getAddress(), MAKER_MICRO_USD);

    const curie = await deployCurie(governor, String(cash.target));
    await depositMargin(curie, maker, MAKER_MICRO_USD);
    const adapter = await make("CurieAdapter", manager.target, table.target, cash.target, curie.clearingHouse.target);
    const markets = new Map<string, Market>();
    const slots: SoakSlot[] = [];
    for (const [symbol, priceMicroUsd] of prices) {
      const feed = await make("TestFeed", 8, priceMicroUsd * 100n);
      const perp = await createPerp(curie, governor, {
        symbol,
        feed: String(feed.target),
        priceMicroUsd,
        feePips: PERP_FEE_PIPS,
      });
      await addPerpLiquidity(curie, maker, perp, POOL_DEPTH_MICRO_USD);
      markets.set(symbol, { feed, perp });
      for (const side of [1n, -1n] as const) {
        const slot = slots.length;
        const lotSize = (LOT_MICRO_USD * 10n ** 18n) / priceMicroUsd;
        await sent(feed, "updateAnswer", priceMicroUsd * 100n);
        await sent(adapter, "list", slot, perp.baseToken.target, lotSize);
        await sent(table, "setVenueRule", slot, DEFAULT_VENUE_RULE);
        await sent(table, "list", slot, {
          kind: SLOT_KIND.perp,
          adapter: adapter.target,
          token: "0x0000000000000000000000000000000000000000",
          feed: feed.target,
          feedHeartbeat: HEARTBEAT_SECONDS,
          scaleDecimals: 0,
          lotSize,
          strike: 0,
          expiry: 0,
          isCall: false,
          orderCap: ORDER_CAP,
          positionCap: POSITION_CAP,
          threshold: 0,
          inventoryCap: 0,
          feeBps: PERP_FEE_BPS,
        });
        slots.push({ slot, symbol, side });
      }
    }
    return new SoakMarket({ connection, governor, maker, table, cash, adapter, curie, markets }, slots);
  }

  close = (): Promise<void> => this.#world.connection.close();
  now = (): Promise<number> => this.#world.connection.networkHelpers.time.latest();
  passTo = (time: number): Promise<void> => this.#world.connection.networkHelpers.time.increaseTo(time);

  /**
   * Feeds say these prices, and arbitrageurs bring Curie's pools to theirs, as far as it lets them in a few tries.
   * @param prices µUSD a token by symbol: what the feed says, and what the perp is worth
   * @returns how many pools could not be brought there
   */
  async setPrices(prices: ReadonlyMap<string, { readonly index: bigint; readonly perp: bigint }>): Promise<number> {
    const { curie, maker, governor, markets } = this.#world;
    let short = 0;
    for (const [symbol, { index, perp: fair }] of prices) {
      const { feed, perp } = markets.get(symbol)!;
      await sent(feed.connect(governor) as Contract, "updateAnswer", index * 100n);
      await refreshIndex(maker, perp);
      const there = await this.#arbitrage(perp, curie, fair);
      if (!there) short++;
    }
    return short;
  }

  /** Curie refuses a trade that ends too far from its index: the arbitrageur asks for less. */
  async #arbitrage(perp: Perp, curie: Curie, fair: bigint): Promise<boolean> {
    const [root] = (await perp.pool.getFunction("slot0")()) as [bigint];
    const price = (root ** 2n * USD) >> 192n;
    for (const part of [8n, 4n, 2n, 1n]) {
      const target = price + ((fair - price) * part) / 8n;
      try {
        const reached = await movePerpPrice(curie, this.#world.maker, perp, target);
        return part === 8n && within(reached, fair);
      } catch {
        // A smaller step, then.
      }
    }
    return false;
  }

  margin = async (slot: number): Promise<VenueMargin> => {
    const { adapter } = this.#world;
    const [cash, mark, held] = (await Promise.all(
      ["cashMicroUsd", "markMicroUsd", "positionLots"].map((view) => adapter.getFunction(view)(slot)),
    )) as [bigint, bigint, bigint];
    const [initialMicroUsd, maintenanceMicroUsd] = (await adapter.getFunction("requirementMicroUsd")(slot, held)) as [
      bigint,
      bigint,
    ];
    return marginOf("perp", { cash, mark, lots: held, initialMicroUsd, maintenanceMicroUsd });
  };

  /** What the keeper does about a margin. */
  async keepMargin({ slot }: SoakSlot, margin: VenueMargin): Promise<readonly MarginMove[]> {
    return marginDue(margin, DEFAULT_VENUE_RULE) === undefined
      ? []
      : this.#moves(await sent(this.#world.table, "rebalanceMargin", slot));
  }

  /** A liquidator's try. @returns whether Curie let it */
  async liquidate({ slot, symbol }: SoakSlot): Promise<boolean> {
    const { curie, maker, adapter, markets } = this.#world;
    const house = curie.clearingHouse.connect(maker) as Contract;
    try {
      const account = await adapter.getFunction("holders")(slot);
      await (
        await house.getFunction("liquidate(address,address)")(account, markets.get(symbol)!.perp.baseToken.target)
      ).wait();
      return true;
    } catch {
      return false;
    }
  }

  /** Ends the series of a position that was liquidated. @returns whether it could be closed within its bounds */
  async end({ slot }: SoakSlot): Promise<boolean> {
    const { table } = this.#world;
    const epoch = ++this.#exits;
    try {
      await sent(table, "endSeries", slot, epoch, 0n);
    } catch {
      return false;
    }
    this.#vault.cashMicroUsd +=
      this.#vault.lots[slot]! * ((await table.getFunction("exitIndex")(slot, epoch)) as bigint);
    this.#vault.lots[slot] = 0n;
    return true;
  }

  /** What the oracle does: a checkpoint, then a snapshot. */
  async openEpoch(): Promise<void> {
    const { table, governor } = this.#world;
    await sent(table, "checkpoint");
    const rest = spotSnapshot(profile.slots, profile.scenarios);
    const marks = await Promise.all(
      this.slots.map(async ({ slot }) => BigInt((await table.getFunction("venue")(slot))[1].markMicroUsd)),
    );
    const words = snapshotWords(profile, {
      ...rest,
      slots: rest.slots.map((rows, i) => {
        const mark = marks[i];
        if (mark === undefined) return rows;
        const slip = microUsd((mark * SLIP_BPS) / 10_000n);
        return {
          ...rows,
          value: microUsd(0n),
          delta: microUsd(mark),
          notional: microUsd(mark),
          slip,
          liquidity: lots(ORDER_CAP),
          positionCap: lots(POSITION_CAP),
        };
      }),
    });
    await sent(table, "setSnapshot", await storeWords(governor, words));
  }

  /** Clears a net, or says why not; cash moves either way. */
  async clear({ slot }: SoakSlot, net: bigint): Promise<{ moves: readonly MarginMove[]; failure?: string }> {
    const { table } = this.#world;
    let receipt: ContractTransactionReceipt | undefined;
    const failure = await revertReason(async () => (receipt = await sent(table, "executeGroup", slot, [net])));
    if (failure !== undefined) return { moves: [], failure };
    const { debitMicroUsd, chargeMicroUsd } = await table.getFunction("fill")(slot);
    this.#vault.lots[slot]! += net;
    this.#vault.cashMicroUsd -= net * debitMicroUsd + (net < 0n ? -net : net) * chargeMicroUsd;
    return { moves: this.#moves(receipt!) };
  }

  held = (slot: number): bigint => this.#vault.lots[slot]!;
  insuranceMicroUsd = async (): Promise<bigint> =>
    (await this.#world.table.getFunction("insuranceMicroUsd")()) as bigint;
  /** Funding and price moves together, µUSD a lot. */
  account = async (slot: number): Promise<{ markMicroUsd: bigint; carryIndexMicroUsd: bigint; cashMicroUsd: bigint }> =>
    (await this.#world.table.getFunction("venue")(slot))[1];

  /** What the market holds less what all accounts claim, µUSD: 0. */
  async imbalanceMicroUsd(): Promise<bigint> {
    let balance =
      ((await this.#world.cash.getFunction("balanceOf")(this.#world.table.target)) as bigint) -
      this.#vault.cashMicroUsd -
      (await this.insuranceMicroUsd());
    for (const { slot } of this.slots) {
      const { cashMicroUsd, carryIndexMicroUsd, markMicroUsd } = await this.account(slot);
      balance += cashMicroUsd + this.held(slot) * (BigInt(markMicroUsd) - carryIndexMicroUsd);
    }
    return balance;
  }

  #moves({ logs }: ContractTransactionReceipt): MarginMove[] {
    return logs.flatMap((log) => {
      const event = deskEvents.parseLog(log);
      return event?.name === "MarginMoved"
        ? [{ slot: Number(event.args["slot"]), amountMicroUsd: event.args["amountMicroUsd"] as bigint }]
        : [];
    });
  }
}

export interface SoakSlot {
  readonly slot: number;
  readonly symbol: string;
  /** 1 holds long positions, −1 short ones. */
  readonly side: bigint;
}

/** Cash that went to a venue (> 0) or came back. */
export interface MarginMove {
  readonly slot: number;
  readonly amountMicroUsd: bigint;
}

interface Market {
  readonly feed: Contract;
  readonly perp: Perp;
}

interface World {
  readonly connection: Awaited<ReturnType<typeof hre.network.create>>;
  readonly governor: Signer;
  /** Provides liquidity, arbitrages and liquidates. */
  readonly maker: Signer;
  readonly table: Contract;
  readonly cash: Contract;
  readonly adapter: Contract;
  readonly curie: Curie;
  readonly markets: ReadonlyMap<string, Market>;
}

/**
 * Bounds of the market's position in a slot and of its order in an epoch: $40 and $5 million at first, as in
 * `npm start`.
 */
export const POSITION_CAP = 4_000_000n;
export const ORDER_CAP = 500_000n;
export const INSURANCE_MICRO_USD = 1_000_000n * USD;
const LOT_MICRO_USD = 10n * USD;
const POOL_DEPTH_MICRO_USD = 1_000_000_000n * USD;
const SLIP_BPS = 50n;
const CASH_MICRO_USD = 1_000_000_000n * USD;
const MAKER_MICRO_USD = 100_000_000_000n * USD;
const HEARTBEAT_SECONDS = 7_200;
/** A price counts as the one the arbitrageur is after when it is off by no more than this part of it: a thousandth. */
const NEAR = 1_000n;

const profile = profiles.small;
const deskEvents = new Interface(contractArtifact("IDesk").abi as string);
const within = (price: bigint, fair: bigint): boolean => (price > fair ? price - fair : fair - price) * NEAR <= fair;
