import type { EventLog } from "ethers";
import { deployedAt } from "../../client/deploy/artifacts.ts";
import type { GroupClearing, MarketStatus } from "../../client/sdk/chain/types.ts";
import { settleBook, slotsOfGroup } from "../../prover/index.ts";
import { microUsd } from "../../prover/base/units.ts";
import type { MarketVault, WholeMarket } from "../support/wholeMarket.ts";
import type { Ledger } from "./ledger.ts";

type Holdings = { positions: readonly bigint[]; cashMicroUsd: bigint };

/** An epoch as it was, from the chain, the vaults' books and the ledger. Money in µUSD. */
export interface EpochFacts {
  epoch: number;
  halted: boolean;
  after: MarketStatus;
  /** What was sealed, by vault. */
  orders: ReadonlyMap<string, readonly bigint[]>;
  openings: { group: number; nets: readonly bigint[]; orderSums: readonly bigint[] }[];
  slots: {
    slot: number;
    booksLots: bigint;
    inventoryLots: bigint;
    positionLots: bigint;
    heldUnits: bigint;
    lotSize: bigint;
  }[];
  cash: { held: bigint; books: bigint; inventory: bigint; insurance: bigint; crossingCharges: bigint };
  vaults: ({ vault: string; onPaper: Holdings } & Holdings)[];
  prints: { vault: string; dealing: boolean; printed: bigint; onPaper: bigint }[];
  dealings: { vault: string; navBefore: bigint; supplyBefore: bigint; navAfter: bigint; supplyAfter: bigint }[];
  claims: {
    vault: string;
    sharesIssued: bigint;
    claimedShareUnits: bigint;
    cashPaid: bigint;
    cashClaimed: bigint;
    ownCash: bigint;
    owed: bigint;
  }[];
  /** The fills of vaults that submitted in this epoch. */
  fills: { vault: string; groupFilled: readonly boolean[] }[];
  /** Settle words before and after this epoch of vaults that did not submit in it. */
  silent: { vault: string; before: string; now: string }[];
}

/** What the walk itself knows of an epoch. */
export interface EpochNotes {
  epoch: number;
  orders: ReadonlyMap<string, readonly bigint[]>;
  clearings: readonly GroupClearing[];
  prints: EpochFacts["prints"];
  settleWordsBefore: ReadonlyMap<string, string>;
  depositors: readonly string[];
}

const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);

/** Looks at everything there is once the epoch is settled. */
export async function gatherFacts(market: WholeMarket, ledger: Ledger, notes: EpochNotes): Promise<EpochFacts> {
  const { chain, profile, vaults } = market;
  const { deployment } = market.local;
  const opening = await chain.opening(notes.epoch);
  const snapshot = chain.parseSnapshot(opening.snapshotWords);
  const books = await Promise.all(
    vaults.map(async ({ address, book }) => {
      const settle = await chain.settle(address);
      return { vault: address, settle, settlement: settleBook(profile, book, settle, snapshot, microUsd(0n)) };
    }),
  );
  const balance = (token: string, holder: string): Promise<bigint> =>
    deployedAt("TestToken", token, chain.provider).getFunction("balanceOf")(holder) as Promise<bigint>;
  const read = (name: string): Promise<bigint> => chain.desk.getFunction(name)() as Promise<bigint>;
  const [held, inventory, insurance, after] = await Promise.all([
    balance(deployment.cash, deployment.desk),
    read("inventoryMicroUsd"),
    read("insuranceMicroUsd"),
    chain.status(),
  ]);

  return {
    epoch: notes.epoch,
    halted: opening.halted,
    after,
    orders: notes.orders,
    openings: notes.clearings.map(({ group, nets }) => ({
      group,
      nets,
      orderSums: slotsOfGroup(profile, group).map((i) => sum([...notes.orders.values()].map((order) => order[i]!))),
    })),
    slots: await Promise.all(
      deployment.slots
        .flatMap((slot, i) => (slot ? [{ slot, i }] : []))
        .map(async ({ slot, i }) => {
          const { positionLots, inventoryLots } = (await chain.desk.getFunction("slotAccount")(i)) as {
            positionLots: bigint;
            inventoryLots: bigint;
          };
          return {
            slot: i,
            positionLots,
            inventoryLots,
            lotSize: BigInt(slot.lotSize),
            booksLots: sum(books.map(({ settlement }) => settlement.positions[i]!)),
            heldUnits:
              slot.kind === "spot" ? await balance(slot.token, deployment.desk) : positionLots * BigInt(slot.lotSize),
          };
        }),
    ),
    cash: {
      held,
      inventory,
      insurance,
      books: sum(books.map(({ settlement }) => settlement.cash)),
      crossingCharges: ledger.crossingChargesMicroUsd,
    },
    vaults: books.map(({ vault, settlement }) => ({
      vault,
      positions: settlement.positions,
      cashMicroUsd: settlement.cash,
      onPaper: structuredClone(ledger.of(vault)),
    })),
    prints: notes.prints,
    dealings: (await Promise.all(vaults.map((vault) => dealingsOf(market, vault, opening.blockNumber)))).flat(),
    claims: await Promise.all(vaults.map((vault) => claimsOf(market, vault, notes.depositors))),
    fills: books
      .filter(({ vault }) => notes.orders.has(vault))
      .map(({ vault, settle }) => ({ vault, groupFilled: settle.groupFilled })),
    silent: await Promise.all(
      vaults
        .filter(({ address }) => !notes.orders.has(address))
        .map(async ({ address }) => ({
          vault: address,
          before: notes.settleWordsBefore.get(address)!,
          now: (await chain.settleWords(address)).join(),
        })),
    ),
  };
}

async function dealingsOf(
  market: WholeMarket,
  { address }: MarketVault,
  fromBlock: number,
): Promise<EpochFacts["dealings"]> {
  const vault = market.chain.vault(address);
  const dealt = (await vault.queryFilter(vault.filters["Dealt"]!(), fromBlock)) as EventLog[];
  return Promise.all(
    dealt.map(async ({ args, blockNumber }) => {
      const {
        navBeforeMicroUsd: navBefore,
        deposits,
        paid,
      } = args.toObject() as { navBeforeMicroUsd: bigint; deposits: bigint; paid: bigint };
      const supplyAt = (blockTag: number): Promise<bigint> =>
        vault.getFunction("totalSupply")({ blockTag }) as Promise<bigint>;
      return {
        vault: address,
        navBefore,
        navAfter: navBefore + deposits - paid,
        supplyBefore: await supplyAt(blockNumber - 1),
        supplyAfter: await supplyAt(blockNumber),
      };
    }),
  );
}

async function claimsOf(
  market: WholeMarket,
  { address }: MarketVault,
  depositors: readonly string[],
): Promise<EpochFacts["claims"][number]> {
  const vault = market.chain.vault(address);
  const total = async (event: string, field: string): Promise<bigint> =>
    sum(
      ((await vault.queryFilter(vault.filters[event]!())) as EventLog[]).map(
        ({ args }) => args.getValue(field) as bigint,
      ),
    );
  const left = async (name: string, ...before: unknown[]): Promise<bigint> =>
    sum(await Promise.all(depositors.map((account) => vault.getFunction(name)(...before, account) as Promise<bigint>)));
  const [sharesIssued, cashPaid, sharesTaken, cashTaken, sharesLeft, cashLeft, undealt, returned, ownCash] =
    await Promise.all([
      total("Dealt", "sharesIssued"),
      total("Dealt", "paid"),
      total("Deposit", "shares"),
      total("Withdraw", "assets"),
      left("maxMint"),
      left("maxWithdraw"),
      left("pendingDepositRequest", 0),
      left("claimableCancelDepositRequest", 0),
      market.local.cash.getFunction("balanceOf")(address) as Promise<bigint>,
    ]);
  return {
    vault: address,
    sharesIssued,
    claimedShareUnits: sharesTaken + sharesLeft,
    cashPaid,
    cashClaimed: cashTaken + cashLeft,
    ownCash,
    owed: undealt + returned + cashLeft,
  };
}
