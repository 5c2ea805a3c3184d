import {
  bookWords,
  describeRow,
  groupOfSlot,
  MANDATE_FIELDS,
  networkOrigin,
  saltBehind,
  slotsOfGroup,
} from "../../../prover/index.ts";
import type { Seed, StrategyNotes, StrategyParameters } from "../../../prover/index.ts";
import { existingSeed, limitsOf, readMandate, readParameters, readStrategy, requireInside } from "../../node/files.ts";
import type { MandateFile } from "../../node/files.ts";
import { booksIn } from "../../node/privateBooks.ts";
import { StateFolder } from "../../node/stateFolder.ts";
import { vaultCode } from "../../node/vaultCode.ts";
import { contractAt } from "../../sdk/chain/contract.ts";
import { sendStep } from "../../sdk/chain/send.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import type { OwnerRecord } from "../../sdk/chain/types.ts";
import { instrumentName } from "../../sdk/deployment.ts";
import { TacitError } from "../../sdk/errors.ts";
import { nextCommitment } from "../../sdk/roles/decision.ts";
import { createVault } from "../../sdk/roles/owner.ts";
import { recoverBook } from "../../sdk/roles/recovery.ts";
import { readPrivateBook, riskOf } from "../../sdk/views/privateBook.ts";
import type { Greeks } from "../../sdk/views/privateBook.ts";
import { readVault } from "../../sdk/views/vault.ts";
import { print, signerOf, withChain } from "../context.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { count, hash as hashOf, instant, number, percent, shares, usd } from "../../sdk/format.ts";
import { grid, haircutText, list } from "../text/layout.ts";

export interface CreateOptions extends PartyOptions {
  strategy: string;
  mandate: string;
  name: string;
  symbol: string;
  dealingInterval: number;
  dealingOffset: number;
  changeDelay: number;
  anyNetwork?: boolean;
}

/**
 * @throws TacitError `BAD_MANDATE`, `MANDATE_TOO_LOOSE`, `DELAY_TOO_SHORT`, `DELAY_TOO_LONG`, `EXIT_TOO_LONG`,
 * `NO_FILE`, `KNOWN_NETWORK`, `STEP_REVERTED`; StrategyError
 */
export const newVault = (options: CreateOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const state = StateFolder.existing(options.state);
    const account = state.wallet().address;
    const strategy = readStrategy(chain.profile, options.strategy);
    if (!options.anyNetwork) requireOwnNetwork(strategy, readParameters(options.strategy).notes);
    const { name, symbol, dealingInterval, dealingOffset, changeDelay } = options;
    const mandate = readMandate(options.mandate);
    await requireMarginWithin(chain, mandate);
    requireInside(chain.profile, strategy, limitsOf(mandate));
    await requireListed(chain, strategy);
    await requireDelay(chain, options);
    const strategyCommitment = await nextCommitment(chain, account, strategy, existingSeed(state));
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
    const vault = await createVault(chain, signerOf(state, chain), vaultCode(), terms);
    const bondMicroUsd = await (await chain.bonds()).bondMicroUsd(vault);
    print(options.json, { vault, owner: account, bondMicroUsd, strategyCommitment }, () =>
      list([
        ["vault", `${vault}  ${name}`],
        ["owner", account],
        ["bond paid", usd(bondMicroUsd)],
        ["strategy commitment", hashOf(strategyCommitment)],
      ]),
    );
  });

/**
 * Announces the strategy that the vault is to follow after its delay.
 * @throws TacitError `NOT_A_VAULT`, `NO_FILE`, `STEP_REVERTED`; StrategyError
 */
export const announceStrategy = (vault: string, options: PartyOptions & { strategy: string }): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const state = StateFolder.existing(options.state);
    const strategy = readStrategy(chain.profile, options.strategy);
    requireInside(chain.profile, strategy, (await chain.terms(vault, 0)).mandate);
    await requireListed(chain, strategy);
    const commitment = await commitmentFor(chain, vault, strategy, existingSeed(state));
    const { hash } = await sendStep(chain.vault(vault).connect(signerOf(state, chain)), "setStrategy", [commitment]);
    const { announced } = await chain.strategyHistory(vault);
    print(
      options.json,
      { vault, strategyCommitment: commitment, effectiveAt: announced?.effectiveAt ?? null, transactionHash: hash },
      () =>
        announced === undefined
          ? "that is the strategy in force: an earlier announcement is void"
          : `announced; from ${instant(announced.effectiveAt)} on, tacit vault apply-strategy puts it into force. Then run the owner with the new file`,
    );
  });

/**
 * The commitment in force where it is one to this strategy: announcing it takes an announcement back. Else a new one.
 */
async function commitmentFor(
  chain: MarketChain,
  vault: string,
  strategy: StrategyParameters,
  seed: Seed,
): Promise<bigint> {
  const contract = chain.vault(vault);
  const [owner, inForce] = await Promise.all([contract.owner(), contract.strategyCommitment()]);
  return saltBehind(strategy, seed, chain.committer(owner), inForce) === undefined
    ? nextCommitment(chain, owner, strategy, seed)
    : inForce;
}

/** Puts an announced strategy into force; anybody may. @throws TacitError `NOT_A_VAULT`, `STEP_REVERTED` */
export const applyStrategy = (vault: string, options: PartyOptions): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const { hash } = await sendStep(
      chain.vault(vault).connect(signerOf(StateFolder.existing(options.state), chain)),
      "applyStrategy",
      [],
    );
    print(options.json, { vault, transactionHash: hash }, () => `${vault} follows the announced strategy from now on`);
  });

/** @throws TacitError `KNOWN_NETWORK` if others have the regime network, and with it know when the strategy turns */
function requireOwnNetwork(strategy: StrategyParameters, notes: StrategyNotes): void {
  const origin = networkOrigin(strategy, notes);
  if (origin === "own") return;
  throw new TacitError(
    "KNOWN_NETWORK",
    origin === "untrained"
      ? "the strategy's regime network is untrained, so everybody knows its regime: tacit strategy train fits one, --any-network takes it as it is"
      : "the strategy's regime network was trained with a named seed, so whoever has the same prices can train it too: train without --seed, or take it as it is with --any-network",
  );
}

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

const every = (epochs: number): string => (epochs === 1 ? "every epoch" : `every ${epochs} epochs`);

/** The longest way out, and the longest wait of a change, that a vault may promise (contracts/vault/Vault.sol). */
const MOST_EXIT_DAYS = 90;
const MOST_CHANGE_DAYS = 365;

/** Depositors are to leave before a change takes effect, twice the longest way out; and both are to end some day. */
async function requireDelay(
  { deployment, provider }: MarketChain,
  { dealingInterval, changeDelay }: CreateOptions,
): Promise<void> {
  const epochSeconds = Number(await contractAt("VaultFactory", deployment.vaultFactory, provider).epochSeconds());
  const exitSeconds = (dealingInterval + 1) * epochSeconds;
  if (exitSeconds > MOST_EXIT_DAYS * 86_400)
    throw new TacitError(
      "EXIT_TOO_LONG",
      `an epoch of this market may take ${epochSeconds} s: with a dealing ${every(dealingInterval)} a way out may take ${Math.ceil(exitSeconds / 86_400)} days, and ${MOST_EXIT_DAYS} are the most. Deal more often (--dealing-interval)`,
    );
  if (changeDelay < 2 * exitSeconds)
    throw new TacitError(
      "DELAY_TOO_SHORT",
      `an epoch of this market may take ${epochSeconds} s: with a dealing ${every(dealingInterval)} --change-delay is at least ${2 * exitSeconds}`,
    );
  if (changeDelay > MOST_CHANGE_DAYS * 86_400)
    throw new TacitError("DELAY_TOO_LONG", `--change-delay is at most ${MOST_CHANGE_DAYS * 86_400}, a year`);
}

/** Such a vault could be created, but never submit: its bond would be stuck until it is resolved. */
async function requireMarginWithin({ lens }: MarketChain, mandate: MandateFile): Promise<void> {
  const { maxInitialMarginBps: initial, maxMaintenanceMarginBps: maintenance } = await lens.config();
  if (mandate.initialMarginBps <= initial && mandate.maintenanceMarginBps <= maintenance) return;
  throw new TacitError(
    "MANDATE_TOO_LOOSE",
    `this market takes no mandate above initialMarginBps ${initial} and maintenanceMarginBps ${maintenance}: docs/margin.md says why`,
  );
}

export const showVault = (vault: string, options: CommonOptions & { state?: string }): Promise<void> =>
  withChain(options, async (chain) => {
    const shown = await readVault(chain, vault);
    const { status, dealing, strategy } = shown;
    const secret = options.state === undefined ? undefined : await privateView(chain, vault, options.state);
    const said = secret ? { ...shown, private: { ...secret, rows: secret.rows.map(rowAnswer) } } : shown;
    print(options.json, said, () =>
      [
        list([
          ["vault", `${vault}  ${shown.name}`],
          ["owner", shown.owner],
          ["status", `${status}, last submission in epoch ${shown.lastEpoch}`],
          ["epochs without order", withoutOrder(shown.ownerRecord)],
          ["dealing", `${every(dealing.interval)}, next in epoch ${dealing.next}`],
          [
            "delay of changes",
            `${number(shown.changeDelaySeconds / 3_600, 1)} hours: another strategy, a looser mandate`,
          ],
          ["owner's bond", usd(shown.bondMicroUsd)],
          ...(status === "resolved" ? [["still owed to it", usd(shown.owedMicroUsd)] as [string, unknown]] : []),
          ["haircut", haircutText(shown.haircutPpb)],
          ["last printed NAV", usd(shown.lastNavMicroUsd)],
          ["shares", shares(shown.totalShareUnits)],
          ["book commitment", hashOf(shown.bookCommitment)],
          ["strategy commitment", hashOf(shown.strategyCommitment)],
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
          ...MANDATE_FIELDS.map((field): [string, unknown] => [`  ${field}`, shown.mandate[field]]),
        ]),
        ...(secret ? ["", "private: only this machine can show what follows", privateLines(secret)] : []),
      ].join("\n"),
    );
  });

function withoutOrder({ submissions, missedEpochs, payingEpochs }: OwnerRecord): string {
  const which = (epochs: readonly number[]): string => (epochs.length === 0 ? "none" : epochs.join(", "));
  return `missed: ${which(missedEpochs)}; paid redemptions: ${which(payingEpochs)}; of ${submissions + missedEpochs.length}`;
}
type PrivateView = Awaited<ReturnType<typeof privateView>>;

/** The book, marked at the last snapshot, its Greeks and stresses, and how far each mandate row is from its limit. */
async function privateView(chain: MarketChain, vault: string, folder: string) {
  const state = StateFolder.existing(folder);
  const {
    settlement,
    report,
    snapshot: { slots },
    pendingOrder,
  } = await readPrivateBook(chain, vault, booksIn(state.file("books"), chain, vault, existingSeed(state)));
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
    isOfLots: LOTS_ROW.test(describeRow(row)),
    now: row.before,
    limit: row.limit,
    left: row.limit - row.before,
  }));
  return {
    navMicroUsd: settlement.nav,
    cashMicroUsd: settlement.cash,
    breachSinceEpoch: report.breachSince,
    positions,
    greeks,
    stress,
    rows,
  };
}

/** By names that say its unit. */
const rowAnswer = ({ row, isOfLots, now, limit, left }: PrivateView["rows"][number]) =>
  isOfLots
    ? { row, nowLots: now, limitLots: limit, leftLots: left }
    : { row, nowMicroUsd: now, limitMicroUsd: limit, leftMicroUsd: left };

const inMicroUsd = ({ delta, gamma, vega }: Greeks) => ({
  deltaMicroUsd: delta,
  gammaMicroUsd: gamma,
  vegaMicroUsd: vega,
});

function privateLines({
  navMicroUsd,
  cashMicroUsd,
  breachSinceEpoch,
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
  const held = greeks.filter(({ group }) => stress.some(({ byGroupMicroUsd }) => byGroupMicroUsd[group] !== 0n));
  return [
    list([
      ["NAV", usd(navMicroUsd)],
      ["cash", usd(cashMicroUsd)],
      [
        "mandate",
        breachSinceEpoch === 0n ? "kept by what is held" : `not kept by what is held, since epoch ${breachSinceEpoch}`,
      ],
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
            ...stress.map(({ scenario, byGroupMicroUsd, worstOfGroups }) => [
              scenario,
              ...held.map(
                ({ group }) => `${usd(byGroupMicroUsd[group]!)} ${worstOfGroups.includes(group) ? "*" : " "}`,
              ),
            ]),
          ]),
        ]),
    "",
    grid([
      ["mandate row", "used", "left to the limit"],
      ...used.map(({ row, isOfLots, now, limit, left }) => [
        row,
        shareOfLimit(now, limit),
        isOfLots ? count(left, "lot") : usd(left),
      ]),
    ]),
    `  the other ${count(rows.length - used.length, "row")}: nothing used`,
  ].join("\n");
}

/** Rows of the mandate that are about lots; the others are about money. */
const LOTS_ROW = /^(positionCap|shortPosition|forcedHold)/;

const shareOfLimit = (now: bigint, limit: bigint): string =>
  limit > 0n ? percent(Number((now * 1_000n) / limit) / 1_000) : now > 0n ? "over 0" : percent(0);

/**
 * Opens the book of a vault that is insolvent or in recovery: with that the market takes it over. The owner's folder
 * has the book; anybody else gets it from the members.
 * @throws TacitError `NOT_A_VAULT`, `BOOK_STAYS_SEALED`, `STEP_REVERTED`; ProverError `opening-not-found`
 */
export const resolveVault = (vault: string, options: PartyOptions & { members: string[] }): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(vault);
    const state = StateFolder.existing(options.state);
    const { book } =
      options.members.length > 0
        ? await recoverBook(chain, vault, options.members)
        : await readPrivateBook(chain, vault, booksIn(state.file("books"), chain, vault, existingSeed(state)));
    const { hash } = await sendStep(chain.market.connect(signerOf(state, chain)), "openBook", [vault, bookWords(book)]);
    const owed = await chain.desk.owedMicroUsd(vault);
    print(
      options.json,
      { vault, owedMicroUsd: owed, transactionHash: hash },
      () => `${vault} has ended; its share holders are owed ${usd(owed)}, to be taken with tacit claim as it is paid`,
    );
  });
