import { getBytes } from "ethers";
import { lots, settleBook } from "../../prover/index.ts";
import type { Lots, MicroUsd, Profile, Seed } from "../../prover/index.ts";
import { booksIn } from "../node/privateBooks.ts";
import { contractAt } from "../sdk/chain/contract.ts";
import { readHaltTrips } from "../sdk/chain/halt.ts";
import { instrumentName } from "../sdk/deployment.ts";
import { count, hash, short, usd } from "../sdk/format.ts";
import { auditSubmissions } from "../sdk/roles/auditor.ts";
import type { BreakerTrip } from "../sdk/chain/types.ts";
import type { MarketChain } from "../sdk/chain/reader.ts";
import { readPrivateBook } from "../sdk/views/privateBook.ts";

/** A vault as the demo knows it: it set the owner up, so it can look into the owner's folder. */
export interface DemoVault {
  name: string;
  /** Name of its owner's process. */
  owner: string;
  address: string;
  /** Template of its strategy. */
  strategy: string;
  seed: Seed;
  booksFolder: string;
}

/** What one vault really did in an epoch. Nobody but its owner could say. */
export interface VaultTruth {
  vault: string;
  /** Per slot, lots. */
  orderLots: Lots[];
  positionLots: Lots[];
  navMicroUsd: bigint;
  cashMicroUsd: bigint;
}

/** What everybody saw of an epoch. */
export interface EpochView {
  epoch: number;
  /** Opened halted: no orders, so nothing to net. */
  halted: boolean;
  /** Why, where a breaker tripped on this epoch's snapshot. */
  trips: BreakerTrip[];
  submissions: { vault: string; bookCommitment: string; printedNavMicroUsd: bigint | null; cashFlowMicroUsd: bigint }[];
  groups: { group: number; netLots: bigint[]; referencesMicroUsd: bigint[]; chargesMicroUsd: bigint[] }[];
  lapsedGroups: number[];
}

export interface Invariant {
  claim: string;
  /** Null: the run had nothing to check it on. */
  ok: boolean | null;
  detail: string;
}

/** Epochs by what came of their orders: numbers of epochs. */
export interface Outcomes {
  /** Orders were opened and filled. */
  traded: number[];
  /** Opened halted: no orders. */
  halted: number[];
  /** Nobody ordered anything, or what was ordered lapsed. */
  idle: number[];
}

export function outcomesOf(
  { groupSlots }: Profile,
  epochs: readonly { seen: EpochView; hidden: readonly VaultTruth[] }[],
): Outcomes {
  const hasTraded = ({ groups }: EpochView, hidden: readonly VaultTruth[]): boolean =>
    groups.some(({ group, netLots }) =>
      netLots.some((net, k) => net !== 0n || hidden.some(({ orderLots }) => orderLots[group * groupSlots + k] !== 0n)),
    );
  const outcomes: Outcomes = { traded: [], halted: [], idle: [] };
  for (const { seen, hidden } of epochs)
    outcomes[seen.halted ? "halted" : hasTraded(seen, hidden) ? "traded" : "idle"].push(seen.epoch);
  return outcomes;
}

/**
 * The vaults' own books right after they submitted for `epoch`; of one that missed it, as it was, and without an order.
 */
export const readTruths = async (
  chain: MarketChain,
  vaults: readonly DemoVault[],
  epoch: number,
): Promise<VaultTruth[]> =>
  Promise.all(
    (await withBooks(chain, vaults)).map(async ({ name, address, seed, booksFolder }) => {
      const [{ book, settlement }, { lastEpoch }] = await Promise.all([
        readPrivateBook(chain, address, booksIn(booksFolder, chain, address, seed)),
        chain.vaultRecord(address),
      ]);
      return {
        vault: name,
        orderLots: lastEpoch === epoch ? book.order : book.order.map(() => lots(0n)),
        positionLots: book.positions,
        navMicroUsd: book.nav,
        cashMicroUsd: settlement.cash,
      };
    }),
  );

/** Vaults that have not ended: the market has the others' books. */
async function withBooks(chain: MarketChain, vaults: readonly DemoVault[]): Promise<DemoVault[]> {
  const records = await Promise.all(vaults.map(({ address }) => chain.vaultRecord(address)));
  return vaults.filter((_, i) => records[i]!.status !== "resolved");
}

export async function readEpoch(chain: MarketChain, epoch: number, vaults: readonly DemoVault[]): Promise<EpochView> {
  const [{ halted }, trips, submitted, groups, resolved] = await Promise.all([
    chain.opening(epoch),
    readHaltTrips(chain, epoch),
    chain.submissions({ epoch }),
    chain.clearings(epoch),
    chain.resolvedGroups(epoch),
  ]);
  const dealing = await Promise.all(
    submitted.map(({ vault, blockNumber }) => chain.terms(vault, epoch, { blockTag: blockNumber })),
  );
  return {
    epoch,
    halted,
    trips,
    submissions: submitted.map(({ vault, newCommitment, nav, cashFlow }, i) => ({
      vault: vaults.find(({ address }) => address === vault)?.name ?? short(vault),
      bookCommitment: hash(newCommitment),
      printedNavMicroUsd: dealing[i]!.dealing ? nav : null,
      cashFlowMicroUsd: cashFlow,
    })),
    groups: groups.map(({ group, nets, references, charges }) => ({
      group,
      netLots: nets,
      referencesMicroUsd: references,
      chargesMicroUsd: charges,
    })),
    lapsedGroups: [...resolved].filter((g) => !groups.some(({ group }) => group === g)),
  };
}

/** What happened in the market's account at a venue over the run. */
export interface VenueHistory {
  slot: number;
  name: string;
  /** What holders of a perp got, or paid where negative, beyond what its mark moved. */
  fundingMicroUsd: bigint | null;
  /** How often margin was sent or taken back, and what of it is there. */
  marginMoves: number;
  marginMicroUsd: bigint;
}

export async function readVenueHistories(chain: MarketChain): Promise<VenueHistory[]> {
  const slots = (await chain.slots()).flatMap((slot, i) =>
    slot && slot.kind !== "spot" ? [{ slot: i, name: instrumentName(slot), kind: slot.kind }] : [],
  );
  return Promise.all(
    slots.map(async ({ slot, name, kind }) => {
      const moves = await chain.events(chain.desk, "MarginMoved", { slot });
      return {
        slot,
        name,
        fundingMicroUsd: kind === "perp" ? await readFunding(chain, slot) : null,
        marginMoves: moves.length,
        marginMicroUsd: moves.reduce((sum, { args }) => sum + args.amountMicroUsd, 0n),
      };
    }),
  );
}

/**
 * The market's position before each checkpoint, times what the carry index rose by beyond the mark. Nobody holds
 * anything before the first.
 */
async function readFunding(chain: MarketChain, slot: number): Promise<bigint> {
  let funding = 0n;
  let before: { mark: bigint; carry: bigint } | undefined;
  for (const { args, blockNumber } of await chain.events(chain.desk, "Checkpointed", { slot })) {
    const now = { mark: args.markMicroUsd, carry: args.carryIndexMicroUsd };
    if (before !== undefined) {
      const { positionLots } = await chain.desk.slotAccount(slot, { blockTag: blockNumber - 1 });
      funding += positionLots * (now.carry - before.carry - (now.mark - before.mark));
    }
    before = now;
  }
  return funding;
}

/**
 * What submissions of a vault look like from outside, in epochs that take orders and deal with nobody: all that could
 * tell its strategy.
 */
export interface Footprint {
  vault: string;
  /** Hidden. */
  strategy: string;
  submissions: number;
  calldataBytes: { low: number; high: number };
  /**
   * Gas beyond what calldata costs by its bytes; the first submission of an epoch, which pays for the batch's storage,
   * left out.
   */
  gas: { low: number; high: number } | null;
}

/** Submissions of the demo's own vaults: anybody may have joined. */
const ofVaults = ({ submissions }: EpochView, vaults: readonly DemoVault[]): EpochView["submissions"] =>
  submissions.filter(({ vault }) => vaults.some(({ name }) => name === vault));

export async function readFootprints(
  chain: MarketChain,
  vaults: readonly DemoVault[],
  epochs: readonly EpochView[],
): Promise<Footprint[]> {
  const quiet = epochs
    .filter(
      (view) => !view.halted && ofVaults(view, vaults).every(({ printedNavMicroUsd }) => printedNavMicroUsd === null),
    )
    .map(({ epoch }) => epoch);
  const submissions = (await Promise.all(quiet.map((epoch) => chain.submissions({ epoch })))).flat();
  const seen = await Promise.all(
    submissions.map(async ({ vault, index, transactionHash }) => {
      const [transaction, receipt] = await Promise.all([
        chain.provider.getTransaction(transactionHash),
        chain.provider.getTransactionReceipt(transactionHash),
      ]);
      const bytes = getBytes(transaction!.data);
      const intrinsic = bytes.reduce(
        (gas, byte) => gas + (byte === 0 ? GAS_OF_ZERO_BYTE : GAS_OF_BYTE),
        GAS_OF_TRANSACTION,
      );
      return { vault, index, bytes: bytes.length, gas: Number(receipt!.gasUsed) - intrinsic };
    }),
  );
  const rangeOf = (list: readonly number[]) => ({ low: Math.min(...list), high: Math.max(...list) });
  return vaults.flatMap(({ name, address, strategy }) => {
    const own = seen.filter(({ vault }) => vault === address);
    const later = own.filter(({ index }) => index > 0);
    return own.length === 0
      ? []
      : [
          {
            vault: name,
            strategy,
            submissions: own.length,
            calldataBytes: rangeOf(own.map(({ bytes }) => bytes)),
            gas: later.length === 0 ? null : rangeOf(later.map(({ gas }) => gas)),
          },
        ];
  });
}

// EIP-2028 and the Yellow Paper.
const GAS_OF_TRANSACTION = 21_000;
const GAS_OF_BYTE = 16;
const GAS_OF_ZERO_BYTE = 4;

/** The conservation laws and audits that decide the exit code. */
export async function checkInvariants(
  chain: MarketChain,
  vaults: readonly DemoVault[],
  epochs: readonly { view: EpochView; truths: readonly VaultTruth[] }[],
  footprints: readonly Footprint[],
  { traded, halted }: Outcomes,
): Promise<Invariant[]> {
  const { profile, deployment } = chain;
  const found: Invariant[] = [];
  /** @param checked how much it was checked on: with nothing, that it held says nothing */
  const claim = (text: string, bad: readonly string[], detail: string, checked = 1): void => {
    found.push({
      claim: text,
      ok: bad.length > 0 ? false : checked > 0 || null,
      detail: bad.length === 0 ? detail : bad.join("; "),
    });
  };
  const lengths = new Set(footprints.flatMap(({ calldataBytes: { low, high } }) => [low, high]));
  claim(
    "every submission is as long as any other, whatever its vault's strategy decides",
    lengths.size > 1 ? [`lengths of ${[...lengths].join(", ")} bytes`] : [],
    lengths.size === 0 ? "no epoch took orders and dealt with nobody" : `${[...lengths][0]} bytes`,
    lengths.size,
  );

  claim(
    "every vault submitted in every epoch",
    epochs
      .filter(({ view }) => ofVaults(view, vaults).length !== vaults.length)
      .map(({ view }) => `epoch ${view.epoch}: ${ofVaults(view, vaults).length} of ${vaults.length}`),
    `${count(epochs.length * vaults.length, "submission")}${ofHalted(halted.length * vaults.length)}`,
  );

  const wrongNets: string[] = [];
  let nets = 0;
  const joined = (await chain.vaults()).length - vaults.length;
  const left =
    joined > 0
      ? `; left out what ${count(joined, "more vault")} had a part in, whose books are not ours to look into`
      : "";
  for (const { view, truths } of epochs) {
    if (view.submissions.length > vaults.length) continue;
    for (const { group, netLots } of view.groups) {
      netLots.forEach((net, k) => {
        const slot = group * profile.groupSlots + k;
        const sum = truths.reduce((total, { orderLots }) => total + orderLots[slot]!, 0n);
        nets += 1;
        if (net !== sum) wrongNets.push(`epoch ${view.epoch} slot ${slot}: opened ${net}, orders add up to ${sum}`);
      });
    }
  }
  claim(
    "every net that was opened is the sum of the sealed orders",
    wrongNets,
    traded.length === 0
      ? `no epoch traded${left}`
      : `${count(nets, "net")}, of ${count(traded.length, "epoch")} that traded${left}`,
    Math.min(nets, traded.length),
  );

  const wrongNavs = epochs.flatMap(({ view, truths }) =>
    view.submissions.flatMap(({ vault, printedNavMicroUsd, cashFlowMicroUsd }) => {
      const truth = truths.find((one) => one.vault === vault);
      return printedNavMicroUsd === null ||
        truth === undefined ||
        printedNavMicroUsd + cashFlowMicroUsd === truth.navMicroUsd
        ? []
        : [
            `epoch ${view.epoch} ${vault}: printed ${usd(printedNavMicroUsd, 6)}, book says ${usd(truth.navMicroUsd - cashFlowMicroUsd, 6)}`,
          ];
    }),
  );
  claim("every NAV that was printed is that of the vault's own book", wrongNavs, "to the micro-dollar");

  // The last orders are settled here the way their owners will.
  const opening = await chain.opening(epochs.at(-1)!.view.epoch);
  const snapshot = chain.parseSnapshot(opening.snapshotWords);
  const books = await Promise.all(
    (await withBooks(chain, vaults)).map(async ({ address, seed, booksFolder }) => {
      const { book } = await readPrivateBook(chain, address, booksIn(booksFolder, chain, address, seed));
      return settleBook(profile, book, await chain.settle(address), snapshot, 0n as MicroUsd);
    }),
  );
  const wrongLots: string[] = [];
  for (const [i, slot] of deployment.slots.entries()) {
    if (!slot) continue;
    const { inventoryLots } = await chain.desk.slotAccount(i);
    const owned = books.reduce((sum, { positions }) => sum + positions[i]!, 0n) + inventoryLots;
    const [held, unit] =
      slot.kind === "spot"
        ? [await contractAt("IERC20", slot.token, chain.provider).balanceOf(deployment.desk), BigInt(slot.lotSize)]
        : [await contractAt("IDerivativeVenue", slot.adapter, chain.provider).positionLots(i), 1n];
    if (joined === 0 && owned * unit !== held)
      wrongLots.push(
        `${instrumentName(slot)}: books and inventory ${count(owned, "lot")}, the market holds ${held}, ${unit} a lot`,
      );
  }
  const allOurs = joined > 0 ? 0 : 1;
  claim(
    "the vaults' positions and the inventory are exactly what the market holds",
    wrongLots,
    joined > 0
      ? `not checked${left}`
      : `${count(deployment.slots.filter(Boolean).length, "slot")}, after ${count(traded.length, "epoch")} that traded`,
    Math.min(allOurs, traded.length),
  );

  const [held, inventory, insurance] = await Promise.all([
    contractAt("IERC20", deployment.cash, chain.provider).balanceOf(deployment.desk),
    chain.desk.inventoryMicroUsd(),
    chain.desk.insuranceMicroUsd(),
  ]);
  // Books hold the carry of the snapshot; the market has read it off its venues again since.
  let atVenues = 0n;
  let carrySince = 0n;
  for (const [i, slot] of deployment.slots.entries()) {
    if (!slot || slot.kind === "spot") continue;
    const { positionLots, bookedMicroUsd, markMicroUsd } = await chain.venue(i);
    atVenues += bookedMicroUsd + (slot.kind === "perp" ? positionLots * markMicroUsd : 0n);
    const since = (await chain.desk.carryIndex(i)) - snapshot.slots[i]!.carryIndex;
    carrySince += books.reduce((sum, { positions }) => sum + positions[i]! * since, 0n);
  }
  const surplus =
    held + atVenues - books.reduce((sum, { cash }) => sum + cash, 0n) - carrySince - inventory - insurance;
  claim(
    "cash is conserved: the market, with its accounts at venues, holds the vaults' cash, inventory, insurance and a crossing surplus that is never negative",
    surplus < 0n && joined === 0 ? [`${usd(-surplus, 6)} are missing`] : [],
    joined > 0
      ? `not checked${left}`
      : `surplus ${usd(surplus, 6)}, insurance ${usd(insurance, 6)}, at venues ${usd(atVenues, 6)}, carry since the snapshot ${usd(carrySince, 6)}`,
    allOurs,
  );

  found.push(
    await auditedSubmissions(
      chain,
      vaults,
      epochs.map(({ view }) => view),
    ),
  );
  return found;
}

/** The audit of every submission in some epochs, also of vaults that others have created meanwhile. */
export async function auditedSubmissions(
  chain: MarketChain,
  vaults: readonly Pick<DemoVault, "name" | "address">[],
  epochs: readonly Pick<EpochView, "epoch">[],
): Promise<Invariant> {
  const nameOf = (address: string): string => vaults.find((vault) => vault.address === address)?.name ?? address;
  const failed: string[] = [];
  const audited: { vault: string; halted: boolean }[] = [];
  for (const { epoch } of epochs)
    for await (const { halted, submissions } of auditSubmissions(chain, { fromEpoch: epoch, toEpoch: epoch }))
      for (const one of submissions) {
        audited.push({ vault: one.vault, halted });
        for (const check of "checks" in one ? one.checks : [])
          if (!check.ok) failed.push(`epoch ${epoch} ${nameOf(one.vault)}: ${check.claim}: ${check.detail}`);
      }
  const vaultsAudited = new Set(audited.map(({ vault }) => vault)).size;
  const detail = `${count(audited.length, "audit")} of ${count(vaultsAudited, "vault")}${ofHalted(audited.filter(({ halted }) => halted).length)}`;
  return {
    claim: "every submission passes the audit from chain data alone",
    ok: failed.length > 0 ? false : audited.length > 0 || null,
    detail: failed.length === 0 ? detail : failed.join("; "),
  };
}

const ofHalted = (halted: number): string =>
  halted === 0 ? "" : `, ${halted} of them without an order because the market was halted`;

/** Gas of every kind of call to the market's contracts, from the blocks. */
export async function gasBySteps(
  chain: MarketChain,
  fromBlock: number,
): Promise<Record<string, { calls: number; median: number; max: number }>> {
  const { deployment, provider } = chain;
  const contracts = [
    { contract: chain.market, address: deployment.market },
    { contract: chain.desk, address: deployment.desk },
    { contract: chain.oracle, address: deployment.snapshotOracle },
    { contract: contractAt("VaultFactory", deployment.vaultFactory, provider), address: deployment.vaultFactory },
    ...(await chain.vaults()).map((address) => ({ contract: chain.vault(address), address })),
  ];
  const byAddress = new Map(contracts.map(({ contract, address }) => [address.toLowerCase(), contract]));
  const used = new Map<string, number[]>();
  const head = await provider.getBlockNumber();
  for (let number = fromBlock; number <= head; number++) {
    const block = await provider.getBlock(number, true);
    for (const transaction of block?.prefetchedTransactions ?? []) {
      const contract = byAddress.get(transaction.to?.toLowerCase() ?? "");
      const name = contract?.interface.getFunction(transaction.data.slice(0, 10))?.name;
      if (name === undefined) continue;
      const receipt = await provider.getTransactionReceipt(transaction.hash);
      used.set(name, [...(used.get(name) ?? []), Number(receipt!.gasUsed)]);
    }
  }
  return Object.fromEntries(
    [...used].map(([name, list]) => {
      const sorted = list.toSorted((a, b) => a - b);
      return [name, { calls: sorted.length, median: sorted[Math.floor(sorted.length / 2)]!, max: sorted.at(-1)! }];
    }),
  );
}
