import type { Contract } from "ethers";
import {
  bookWords,
  commitStrategy,
  describeRow,
  groupOfSlot,
  MANDATE_FIELDS,
  slotsOfGroup,
} from "../../../prover/index.ts";
import type { StrategyParameters } from "../../../prover/index.ts";
import { contractAt } from "../../deploy/artifacts.ts";
import { instrumentName } from "../../sdk/deployment.ts";
import { createVault as deployVault } from "../../deploy/local/market.ts";
import { auditSubmission } from "../../sdk/roles/auditor.ts";
import { allow, sendStep } from "../../sdk/chain/reader.ts";
import type { HaltReason, HaltRecord, MarketChain, MarketStatus, OwnerRecord } from "../../sdk/chain/reader.ts";
import { describeTrip, drainedAt, readSlots } from "../../sdk/views/market.ts";
import type { SlotState } from "../../sdk/views/market.ts";
import { readPrivateBook, riskOf } from "../../sdk/views/privateBook.ts";
import type { Greeks } from "../../sdk/views/privateBook.ts";
import { recoverBook } from "../../sdk/roles/recovery.ts";
import { Depositor } from "../../sdk/roles/depositor.ts";
import { TacitError } from "../../sdk/errors.ts";
import { StateFolder } from "../../node/stateFolder.ts";
import { print, signerOf, withChain } from "../context.ts";
import { requireInside } from "./strategy.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { existingSeed, limitsOf, readMandate, readStrategy, seedOf } from "../../node/files.ts";
import type { MandateFile } from "../../node/files.ts";
import { grid, instant, list, shareAmount, usd } from "../text/format.ts";

export interface CreateOptions extends PartyOptions {
  strategy: string;
  mandate: string;
  name: string;
  symbol: string;
  dealingInterval: number;
  dealingOffset: number;
  changeDelay: number;
}

/** @throws TacitError `BAD_MANDATE`, `MANDATE_TOO_LOOSE`, `DELAY_TOO_SHORT`, `NO_FILE`, `STEP_REVERTED`; StrategyError */
export const createVault = (options: CreateOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const state = new StateFolder(options.state);
    const account = state.wallet().address;
    const strategy = readStrategy(chain.profile, options.strategy);
    const strategyCommitment = commitStrategy(strategy, seedOf(state));
    const { name, symbol, dealingInterval, dealingOffset, changeDelay } = options;
    const mandate = readMandate(options.mandate);
    await requireMarginWithin(chain, mandate);
    requireInside(chain.profile, strategy, limitsOf(mandate));
    await requireListed(chain, strategy);
    await requireDelay(chain, options);
    const terms = {
      name,
      symbol,
      owner: account,
      strategyCommitment,
      mandate,
      dealingInterval,
      dealingOffset,
      changeDelay,
    };
    const vault = await deployVault(signerOf(state, chain), chain.deployment, terms);
    print(options.json, { vault, owner: account, strategyCommitment }, () =>
      list([
        ["vault", vault],
        ["owner", account],
        ["strategy commitment", strategyCommitment],
      ]),
    );
  });

/** Announces the strategy that the vault is to follow after its delay. @throws TacitError `NOT_A_VAULT`, `NO_FILE`, `STEP_REVERTED`; StrategyError */
export const announceStrategy = (vault: string, options: PartyOptions & { strategy: string }): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const state = StateFolder.existing(options.state);
    const strategy = readStrategy(chain.profile, options.strategy);
    requireInside(chain.profile, strategy, (await chain.terms(vault, 0)).mandate);
    await requireListed(chain, strategy);
    const commitment = commitStrategy(strategy, existingSeed(state));
    const { hash } = await sendStep(chain.vault(vault).connect(signerOf(state, chain)), "setStrategy", [commitment]);
    const { announced } = await chain.strategyHistory(vault);
    print(options.json, { vault, strategyCommitment: commitment, ...announced, transaction: hash }, () =>
      announced === undefined
        ? "that is the strategy in force: an earlier announcement is void"
        : `announced; from ${instant(announced.effectiveAt)} on, tacit vault apply-strategy puts it into force. Then run the owner with the new file`,
    );
  });

/** Puts an announced strategy into force; anybody may. @throws TacitError `NOT_A_VAULT`, `STEP_REVERTED` */
export const applyStrategy = (vault: string, options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const { hash } = await sendStep(
      chain.vault(vault).connect(signerOf(new StateFolder(options.state), chain)),
      "applyStrategy",
      [],
    );
    print(options.json, { vault, transaction: hash }, () => `${vault} follows the announced strategy from now on`);
  });

/** @throws TacitError `BAD_STRATEGY` if what it takes for a perp or an option is listed as something else */
async function requireListed(chain: MarketChain, { hedgesDelta, tradesOptions }: StrategyParameters): Promise<void> {
  const slots = await chain.slots();
  const require = (slot: number, kind: string, flag: string): void => {
    const found = slots[slot];
    if (found && found.kind !== kind)
      throw new TacitError(
        "BAD_STRATEGY",
        `${flag} of group ${groupOfSlot(chain.profile, slot)} takes slot ${slot} for ${kind === "perp" ? "its perp" : "an option"}, but it is ${instrumentName(found)}: tacit market list shows what stands where`,
      );
  };
  hedgesDelta.forEach((hedges, group) => {
    if (hedges) require(slotsOfGroup(chain.profile, group)[1]!, "perp", "hedgesDelta");
  });
  tradesOptions.forEach((trades, group) => {
    if (trades)
      for (const slot of slotsOfGroup(chain.profile, group).slice(2, 4)) require(slot, "option", "tradesOptions");
  });
}

/** Depositors are to leave before a change takes effect: twice the longest way out. */
async function requireDelay(
  { deployment, provider }: MarketChain,
  { dealingInterval, changeDelay }: CreateOptions,
): Promise<void> {
  const epochSeconds = Number(
    (await contractAt("VaultFactory", deployment.vaultFactory, provider).getFunction("epochSeconds")()) as bigint,
  );
  const least = 2 * (dealingInterval + 1) * epochSeconds;
  if (changeDelay < least)
    throw new TacitError(
      "DELAY_TOO_SHORT",
      `an epoch of this market may take ${epochSeconds} s: with a dealing every ${dealingInterval} epochs --change-delay is at least ${least}`,
    );
}

/** Such a vault could be created, but never submit: its bond would be stuck until it is resolved. */
async function requireMarginWithin({ market }: MarketChain, mandate: MandateFile): Promise<void> {
  const { maxInitialMarginBps: initial, maxMaintenanceMarginBps: maintenance } = (await market.getFunction(
    "config",
  )()) as Record<string, bigint>;
  if (mandate.initialMarginBps <= initial! && mandate.maintenanceMarginBps <= maintenance!) return;
  throw new TacitError(
    "MANDATE_TOO_LOOSE",
    `this market takes no mandate above initialMarginBps ${initial} and maintenanceMarginBps ${maintenance}: docs/margin.md says why`,
  );
}

export const showVault = (vault: string, options: CommonOptions & { state?: string }): Promise<void> =>
  withChain(options, async (chain) => {
    const record = await chain.requireVault(vault);
    const status = await chain.status();
    const contract = chain.vault(vault);
    const bonds = await chain.bonds();
    const [
      terms,
      name,
      supply,
      nav,
      owner,
      bondMicroUsd,
      haircutPpb,
      owedMicroUsd,
      strategy,
      ownerRecord,
      [dealingInterval, dealingOffset, changeDelaySeconds],
    ] = await Promise.all([
      chain.terms(vault, status.epoch),
      contract.getFunction("name")() as Promise<string>,
      contract.getFunction("totalSupply")() as Promise<bigint>,
      contract.getFunction("lastNavMicroUsd")() as Promise<bigint>,
      contract.getFunction("owner")() as Promise<string>,
      bonds.getFunction("bondMicroUsd")(vault) as Promise<bigint>,
      chain.haircutPpb(),
      chain.market.getFunction("owedMicroUsd")(vault) as Promise<bigint>,
      chain.strategyHistory(vault),
      chain.ownerRecord(vault),
      Promise.all(
        ["dealingInterval", "dealingOffset", "changeDelay"].map(async (name) =>
          Number((await contract.getFunction(name)()) as bigint),
        ),
      ) as Promise<[number, number, number]>,
    ]);
    const open = status.phase === "submit" && record.lastEpoch < status.epoch ? status.epoch : status.epoch + 1;
    const dealing = {
      interval: dealingInterval,
      offset: dealingOffset,
      next: open + ((((dealingOffset - open) % dealingInterval) + dealingInterval) % dealingInterval),
    };
    const shown = {
      vault,
      name,
      owner,
      status: record.status,
      lastEpoch: record.lastEpoch,
      commitment: record.commitment,
      ownerRecord,
      dealing,
      changeDelaySeconds,
      strategyCommitment: terms.strategyCommitment,
      strategy,
      lastNavMicroUsd: nav,
      totalSupply: supply,
      bondMicroUsd,
      haircutPpb,
      owedMicroUsd,
      mandate: terms.mandate,
    };
    const secret = options.state === undefined ? undefined : await privateView(chain, vault, options.state);
    print(options.json, { ...shown, ...(secret ? { private: secret } : {}) }, () =>
      [
        list([
          ["vault", `${vault}  ${name}`],
          ["owner", owner],
          ["status", `${record.status}, last submission in epoch ${record.lastEpoch}`],
          ["epochs without order", withoutOrder(ownerRecord)],
          ["dealing", `every ${dealing.interval} epochs, next in epoch ${dealing.next}`],
          ["delay of changes", `${(changeDelaySeconds / 3_600).toFixed(1)} hours: another strategy, a looser mandate`],
          ["owner's bond", usd(bondMicroUsd)],
          ...(record.status === "resolved" ? [["still owed to it", usd(owedMicroUsd)] as [string, unknown]] : []),
          ["haircut", haircutText(haircutPpb)],
          ["last printed NAV", usd(nav)],
          ["shares", shareAmount(supply)],
          ["commitment", record.commitment],
          ["strategy commitment", terms.strategyCommitment],
          [
            "strategy changed",
            strategy.changedAt.length === 0
              ? "never"
              : `${strategy.changedAt.length === 1 ? "once" : `${strategy.changedAt.length} times`}, last ${instant(strategy.changedAt.at(-1)!)}`,
          ],
          ...(strategy.announced
            ? [
                [
                  "another announced",
                  `may take effect from ${instant(strategy.announced.effectiveAt)}; until then redemptions asked for in time are paid first`,
                ] as const,
              ]
            : []),
          ...MANDATE_FIELDS.map((field): [string, unknown] => [`  ${field}`, terms.mandate[field]]),
        ]),
        ...(secret ? ["", "private: only this machine can show what follows", privateLines(secret)] : []),
      ].join("\n"),
    );
  });

function withoutOrder({ submissions, missedEpochs, payingEpochs }: OwnerRecord): string {
  const which = (epochs: readonly number[]): string => (epochs.length === 0 ? "none" : epochs.join(", "));
  return `missed: ${which(missedEpochs)}; paid redemptions: ${which(payingEpochs)}; of ${submissions + missedEpochs.length}`;
}

const haircutText = (ppb: bigint): string =>
  ppb === 0n ? "none" : `${(Number(ppb) / 1e7).toFixed(3)} % of what is redeemed; deposits wait`;

type PrivateView = Awaited<ReturnType<typeof privateView>>;

/** The book, marked at the last snapshot, its Greeks and stresses, and how far each mandate row is from its limit. */
async function privateView(chain: MarketChain, vault: string, folder: string) {
  const state = StateFolder.existing(folder);
  const {
    settlement,
    report,
    snapshot: { slots },
    pendingOrder,
  } = await readPrivateBook(chain, vault, existingSeed(state), state.file("books"));
  const { bySlot, byGroup, stress } = riskOf(chain.profile, settlement.positions, slots);
  const positions = (await chain.slots()).flatMap((slot, i) =>
    slot
      ? [
          {
            slot: i,
            name: instrumentName(slot),
            lots: settlement.positions[i]!,
            valueMicroUsd: settlement.positions[i]! * slots[i]!.value,
            ...inMicroUsd(bySlot[i]!),
            pendingLots: pendingOrder[i]!,
          },
        ]
      : [],
  );
  const greeks = byGroup.map((group, g) => ({ group: g, ...inMicroUsd(group) }));
  const rows = report.rows.map((row) => ({
    row: describeRow(row),
    now: row.before,
    limit: row.limit,
    left: row.limit - row.before,
  }));
  return {
    navMicroUsd: settlement.nav,
    cashMicroUsd: settlement.cash,
    breachAgeEpochs: settlement.baseAge,
    positions,
    greeks,
    stress,
    rows,
  };
}

const inMicroUsd = ({ delta, gamma, vega }: Greeks) => ({
  deltaMicroUsd: delta,
  gammaMicroUsd: gamma,
  vegaMicroUsd: vega,
});

function privateLines({
  navMicroUsd,
  cashMicroUsd,
  breachAgeEpochs,
  positions,
  greeks,
  stress,
  rows,
}: PrivateView): string {
  const used = rows.filter(({ now }) => now > 0n);
  const risk = ({
    deltaMicroUsd,
    gammaMicroUsd,
    vegaMicroUsd,
  }: Pick<PrivateView["greeks"][number], "deltaMicroUsd" | "gammaMicroUsd" | "vegaMicroUsd">): string[] =>
    [deltaMicroUsd, gammaMicroUsd, vegaMicroUsd].map(usd);
  const held = greeks.filter(({ group }) => stress.some(({ byGroup }) => byGroup[group] !== 0n));
  return [
    list([
      ["NAV", usd(navMicroUsd)],
      ["cash", usd(cashMicroUsd)],
      ["breach age", `${breachAgeEpochs} epochs`],
    ]),
    "",
    grid([
      ["position", "lots", "order", "value", "delta", "gamma 1 %", "vega 1 pt"],
      ...positions.map((position) => [
        position.name,
        String(position.lots),
        String(position.pendingLots),
        usd(position.valueMicroUsd),
        ...risk(position),
      ]),
      ...held.map((group) => [`group ${group.group}`, "", "", "", ...risk(group)]),
    ]),
    "",
    ...(held.length === 0
      ? ["no scenario gains or loses anything"]
      : [
          grid([
            ["scenario (* worst of its group)", ...held.map(({ group }) => `group ${group}`)],
            ...stress.map(({ scenario, byGroup, worstOfGroups }) => [
              scenario,
              ...held.map(({ group }) => `${usd(byGroup[group]!)} ${worstOfGroups.includes(group) ? "*" : " "}`),
            ]),
          ]),
        ]),
    "",
    grid([
      ["mandate row", "used", "left to the limit"],
      ...used.map(({ row, now, limit, left }) => [row, shareOfLimit(now, limit), amountOf(row, left)]),
    ]),
    `  the other ${rows.length - used.length} rows: nothing used`,
  ].join("\n");
}

/** A mandate row's quantity in its own unit. */
const amountOf = (row: string, amount: bigint): string =>
  /^(positionCap|shortPosition|forcedHold)/.test(row) ? `${amount} lots` : usd(amount);

const shareOfLimit = (now: bigint, limit: bigint): string =>
  limit > 0n ? `${(Number((now * 1_000n) / limit) / 10).toFixed(1)} %` : now > 0n ? "over 0" : "0.0 %";

/**
 * Opens the book of a vault that is insolvent or in recovery: with that the market takes it over. The owner's folder has
 * the book; anybody else gets it from the members.
 * @throws TacitError `NOT_A_VAULT`, `BOOK_STAYS_SEALED`, `STEP_REVERTED`; ProverError `opening-not-found`
 */
export const resolveVault = (vault: string, options: PartyOptions & { members: string[] }): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const state = StateFolder.existing(options.state);
    const { book } =
      options.members.length > 0
        ? await recoverBook(chain, vault, options.members)
        : await readPrivateBook(chain, vault, existingSeed(state), state.file("books"));
    const { hash } = await sendStep(chain.market.connect(signerOf(state, chain)), "openBook", [vault, bookWords(book)]);
    const owed = (await chain.market.getFunction("owedMicroUsd")(vault)) as bigint;
    print(
      options.json,
      { vault, owedMicroUsd: owed, transaction: hash },
      () => `${vault} has ended; its share holders are owed ${usd(owed)}, to be taken with tacit claim as it is paid`,
    );
  });

/** Adds to the bond behind a vault. @throws TacitError `NO_CASH`, `NOT_A_VAULT` */
export const postBond = (vault: string, amount: bigint, options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const signer = signerOf(new StateFolder(options.state), chain);
    const bonds = (await chain.bonds()).connect(signer) as Contract;
    await allow(contractAt("IERC20", chain.deployment.cash, signer), String(bonds.target), amount, "the bond");
    const { hash } = await sendStep(bonds, "post", [vault, amount]);
    print(options.json, { posted: amount, transaction: hash }, () => `${usd(amount)} more stand behind ${vault}`);
  });

/** Takes what is left of the bond of a vault that has ended. @throws TacitError `STEP_REVERTED` */
export const withdrawBond = (vault: string, options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const bonds = await chain.bonds();
    const amount = (await bonds.getFunction("bondMicroUsd")(vault)) as bigint;
    const { hash } = await sendStep(bonds.connect(signerOf(new StateFolder(options.state), chain)), "withdraw", [
      vault,
    ]);
    print(
      options.json,
      { withdrawn: amount, transaction: hash },
      () => `${usd(amount)} of the bond behind ${vault} are back`,
    );
  });

export const showBond = (vault: string, options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const { status } = await chain.requireVault(vault);
    const bonds = await chain.bonds();
    const [bondMicroUsd, minimumMicroUsd] = await Promise.all([
      bonds.getFunction("bondMicroUsd")(vault),
      bonds.getFunction("minimumMicroUsd")(),
    ] as [Promise<bigint>, Promise<bigint>]);
    print(options.json, { vault, status, bondMicroUsd, minimumMicroUsd }, () =>
      list([
        ["vault", `${vault}, ${status}`],
        ["bond", usd(bondMicroUsd)],
        ["least bond here", usd(minimumMicroUsd)],
      ]),
    );
  });

export const showMarket = (options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const status = await chain.status();
    const [slots, vaults, haircutPpb, insuranceMicroUsd, halt] = await Promise.all([
      readSlots(chain),
      chain.vaults(),
      chain.haircutPpb(),
      chain.market.getFunction("insuranceMicroUsd")() as Promise<bigint>,
      chain.halt(),
    ]);
    const haltRows = await describeHalt(chain, status, halt);
    print(
      options.json,
      { ...status, ...(halt === undefined ? {} : { halt }), haircutPpb, insuranceMicroUsd, slots, vaults },
      () =>
        [
          list([
            ["market", chain.deployment.market],
            ["profile", chain.deployment.profile],
            ["epoch", status.epoch],
            ["phase", `${status.phase}, until ${instant(status.deadline)} (now ${instant(status.now)})`],
            ...haltRows,
            ["insurance account", usd(insuranceMicroUsd)],
            ["haircut", haircutText(haircutPpb)],
          ]),
          "",
          slotLines(slots),
          "",
          ...vaults.map((vault) => `  vault ${vault}`),
        ].join("\n"),
    );
  });

const HALTED_BY: Readonly<Record<HaltReason, string>> = {
  breaker: "a breaker, because prices moved too far too fast",
  "no snapshot": "a snapshot that did not come in time",
  guardian: "the guardian's hand",
};

/** Since when and why the market is halted, and how it goes on: docs/contracts.md. */
async function describeHalt(
  chain: MarketChain,
  { epoch, openedHalted, observedAt }: MarketStatus,
  halt: HaltRecord | undefined,
): Promise<[string, string][]> {
  if (halt === undefined)
    return [
      [
        "halted",
        openedHalted
          ? `no longer: epoch ${epoch} opened halted and takes no orders, the next one does unless a breaker trips again`
          : "no",
      ],
    ];
  const { since, reasons, trips, openedSince, resumableAt } = halt;
  const [slots, { moveWindowSeconds }] = await Promise.all([
    chain.slots(),
    chain.oracle.getFunction("limits")() as Promise<{ moveWindowSeconds: bigint }>,
  ]);
  const drained = trips
    .filter((trip) => trip.check === "move" && trip.epoch === epoch)
    .map((trip) => drainedAt(trip, observedAt, Number(moveWindowSeconds)));
  const anybody = `from ${instant(resumableAt)} on anybody may end it (tacit market resume), governance at once`;
  const next = reasons.includes("guardian")
    ? `not by itself: keepers leave the guardian's halts alone; ${anybody}`
    : !openedSince
      ? `keepers end it when a snapshot has come, whose epoch takes no orders; ${anybody}`
      : `keepers end it; ${anybody}. The next epoch takes orders unless a breaker trips again${drained.length === 0 ? "" : `; at standing prices none does from ${instant(Math.max(...drained))} on`}`;
  return [
    ["halted", `since ${instant(since)} by ${reasons.map((reason) => HALTED_BY[reason]).join(", and by ")}`],
    ...trips.map((trip): [string, string] => [
      "",
      describeTrip(trip, (slot) => (slots[slot] ? instrumentName(slots[slot]) : undefined)),
    ]),
    ["until", next],
  ];
}

/** Lets orders in again. @throws TacitError `NOT_HALTED`, `COOLING_DOWN`, `STEP_REVERTED` */
export const resumeMarket = (options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const [halt, { now }] = await Promise.all([chain.halt(), chain.status()]);
    if (halt === undefined) throw new TacitError("NOT_HALTED", "the market is not halted: there is nothing to resume");
    const { hash } = await sendStep(
      chain.market.connect(signerOf(new StateFolder(options.state), chain)),
      "resume",
      [],
    ).catch((error: unknown) => {
      throw now < halt.resumableAt && error instanceof TacitError && error.code === "STEP_REVERTED"
        ? new TacitError(
            "COOLING_DOWN",
            `the market cools down: anybody may resume it from ${instant(halt.resumableAt)} on, before that only governance (it is ${instant(now)})`,
          )
        : error;
    });
    print(
      options.json,
      { resumed: true, transaction: hash },
      () =>
        "the halt is over: the next epoch takes orders unless a breaker trips again; a running one stays as it was opened",
    );
  });

export const listSlots = (options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const slots = await readSlots(chain);
    print(options.json, { slots }, () => slotLines(slots));
  });

const slotLines = (slots: readonly SlotState[]): string =>
  grid([
    [
      "slot",
      "group",
      "instrument",
      "venue",
      "position",
      "mark a lot",
      "carry index",
      "expires",
      "margin equity",
      "needed",
      "health",
    ],
    ...slots.map(
      ({ slot, group, name, kind, venue, positionLots, markMicroUsd, carryIndexMicroUsd, expiry, account }) => [
        String(slot),
        String(group),
        name,
        venue,
        `${positionLots} lots`,
        markMicroUsd === undefined ? "none yet" : usd(markMicroUsd),
        usd(carryIndexMicroUsd),
        expiry === undefined ? "" : instant(expiry),
        ...(kind === "spot"
          ? ["", "", ""]
          : account === undefined
            ? ["silent", "", ""]
            : [
                usd(account.equityMicroUsd),
                usd(account.maintenanceMicroUsd),
                account.healthBps === undefined ? "nothing needed" : `${Number(account.healthBps / 100n)} %`,
              ]),
      ],
    ),
  ]);

/** Exit code of a check that could not be made: it says nothing about the submission. */
const NOT_CHECKED = 3;

export function verify(vault: string, epoch: number, options: CommonOptions): Promise<void> {
  process.exitCode = NOT_CHECKED;
  return withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const report = await auditSubmission(chain, vault, epoch);
    process.exitCode = report.ok ? 0 : 1;
    print(options.json, report, () =>
      [
        `submission of vault ${vault} in epoch ${epoch}, transaction ${report.transactionHash}`,
        ...report.checks.map(({ ok, claim, detail }) => `${ok ? "  ok   " : "  FAIL "} ${claim}: ${detail}`),
        report.ok ? "everything holds" : "NOT VALID",
      ].join("\n"),
    );
  });
}

const withDepositor = (
  vault: string,
  options: PartyOptions,
  run: (depositor: Depositor) => Promise<void>,
): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    await run(new Depositor(chain, vault, signerOf(new StateFolder(options.state), chain)));
  });

export const deposit = (vault: string, assets: bigint, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const { hash } = await depositor.requestDeposit(assets);
    print(
      options.json,
      { requested: assets, transaction: hash },
      () => `asked for shares for ${usd(assets)}; dealt at the next dealing epoch, then: tacit claim`,
    );
  });

export const redeem = (vault: string, shares: bigint | undefined, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const amount = shares ?? (await depositor.account()).shares;
    if (amount === 0n)
      throw new TacitError("NO_SHARES", "this account holds no shares of the vault: claim dealt deposits first");
    const { hash } = await depositor.requestRedeem(amount);
    print(
      options.json,
      { requested: amount, transaction: hash },
      () => `asked for cash for ${shareAmount(amount)} shares; paid in dealing epochs, then: tacit claim`,
    );
  });

export const claim = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const { sharesClaimed, assetsClaimed } = await depositor.claim();
    print(options.json, { sharesClaimed, assetsClaimed }, () =>
      sharesClaimed === 0n && assetsClaimed === 0n
        ? "nothing to claim: requests are dealt in the vault's next dealing epoch (tacit account shows them)"
        : `claimed ${shareAmount(sharesClaimed)} shares and ${usd(assetsClaimed)}`,
    );
  });

export const showAccount = (vault: string, options: PartyOptions): Promise<void> =>
  withDepositor(vault, options, async (depositor) => {
    const account = await depositor.account();
    const address = new StateFolder(options.state).wallet().address;
    print(options.json, { address, ...account }, () =>
      list([
        ["account", address],
        ["cash", usd(account.cash)],
        ["shares", shareAmount(account.shares)],
        ["deposit asked", usd(account.pendingDeposit)],
        ["deposit to claim", usd(account.claimableDeposit)],
        ["redemption asked", `${shareAmount(account.pendingRedeem)} shares`],
        ["redemption to claim", `${shareAmount(account.claimableRedeem)} shares`],
      ]),
    );
  });
