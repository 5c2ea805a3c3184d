import { REGIMES } from "../../../prover/index.ts";
import type { Explanation, StrategyParameters } from "../../../prover/index.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import { instrumentName } from "../../sdk/deployment.ts";
import { nextDecision } from "../../sdk/roles/decision.ts";
import type { NextDecision } from "../../sdk/roles/decision.ts";
import { booksIn } from "../../node/privateBooks.ts";
import { StateFolder } from "../../node/stateFolder.ts";
import { print, withChain } from "../context.ts";
import { trustOf } from "./trust.ts";
import type { TrustOptions } from "./trust.ts";
import type { CommonOptions } from "../context.ts";
import { existingSeed, readStrategy } from "../../node/files.ts";
import { count, usd } from "../../sdk/format.ts";
import { grid, list } from "../text/layout.ts";

/** Prints the next order, and why it is that. Sends nothing. */
export const showDecision = (
  options: CommonOptions & TrustOptions & { vault: string; strategy: string; state: string; explain?: boolean },
): Promise<void> =>
  withChain(options, async (chain) => {
    await chain.requireVault(options.vault);
    const state = StateFolder.existing(options.state);
    const seed = existingSeed(state);
    const strategy = readStrategy(chain.profile, options.strategy);
    const trust = await trustOf(options, chain, state);
    const next = await nextDecision({
      chain,
      vault: options.vault,
      seed,
      strategy,
      books: booksIn(state.file("books"), chain, options.vault, seed),
      trust,
    }).finally(() => trust.close());
    const { halted } = await chain.status();
    const names = (await chain.slots()).map((slot, i) => (slot ? instrumentName(slot) : `slot ${i}`));
    const { epoch, final, explanation } = next;
    const order = explanation.slots
      .filter(({ sentLots }) => sentLots !== 0n)
      .map(({ slot, sentLots }) => ({ slot, name: names[slot]!, lots: sentLots }));
    print(options.json, { epoch, final, halted, order, ...(options.explain ? { explanation } : {}) }, () =>
      [
        "private: only this machine can show what follows",
        whenText(next),
        ...(halted && !final
          ? ["the market is halted: an epoch that opens so takes no order, whatever is decided (tacit market show)"]
          : []),
        ...(order.length === 0
          ? ["no order"]
          : order.map(
              ({ name, lots }) =>
                `  ${lots > 0n ? "buy" : "sell"} ${count(lots < 0n ? -lots : lots, "lot")} of ${name}`,
            )),
        ...(options.explain
          ? ["", explanationText(explanation, names), ...turnText(chain, strategy, epoch)]
          : ["--explain says why"]),
      ].join("\n"),
    );
  });

const whenText = ({ epoch, final }: NextDecision): string =>
  final
    ? `what epoch ${epoch} sends`
    : `not final: what epoch ${epoch} would send at the prices of the last snapshot, if no order that is still sealed were filled`;

/** Options are decided in one group an epoch (docs/strategy.md §4.4). */
function turnText({ profile }: MarketChain, { tradesOptions }: StrategyParameters, epoch: number): string[] {
  const turn = epoch % profile.groups;
  const waiting = tradesOptions.flatMap((trades, group) => (trades && group !== turn ? [group] : []));
  const epochOf = (group: number): number => epoch + ((group - turn + profile.groups) % profile.groups);
  return waiting.length === 0
    ? []
    : [
        "",
        `options: epoch ${epoch} is group ${turn}'s turn; ${waiting.map((group) => `group ${group}'s is epoch ${epochOf(group)}`).join(", ")}, and until then its options stay as they are`,
      ];
}

const MODES: Readonly<Record<Explanation["mode"], string>> = {
  trade: "trades towards its targets",
  defend: "defends: every position is cut in proportion",
  idle: "idle: no order is allowed while the vault pays redemptions, is insolvent, or the market is halted",
};

function explanationText(explanation: Explanation, names: readonly string[]): string {
  const {
    mode,
    regime,
    scores,
    features,
    baseMicroUsd,
    marginBps,
    marginTriggerBps,
    halvings,
    halvingsAfter,
    refused,
    slots,
    greeks,
    sleeve,
  } = explanation;
  return [
    list([
      ["regime", `${regime} of 0 (calm) to ${REGIMES - 1}, the largest of the scores ${scores.join(", ")}`],
      ["features", features.map(({ name, value }) => `${name} ${value}`).join(", ")],
      ["mode", MODES[mode]],
      ["decided on", `${usd(baseMicroUsd)}, the capital less what waits to leave; all bps are of it`],
      ["margin", `${marginBps} bps of capital, defends from ${marginTriggerBps}`],
      [
        "pace",
        halvings === 0 ? "whole" : `halved ${count(halvings, "time")}, after the next submission ${halvingsAfter}`,
      ],
      ["held back by", refused.length === 0 ? "nothing" : `${refused.join(", ")}: tried again at half the pace`],
    ]),
    "",
    grid([
      ["slot", "role", "held", "exposure", "target", "band", "wanted", "decided", "limited by", "sent"],
      ...slots.map((slot) => [
        names[slot.slot]!,
        slot.role,
        String(slot.heldLots),
        String(slot.exposureBps),
        slot.targetBps === undefined ? "" : String(slot.targetBps),
        slot.bandBps === undefined ? "" : `±${slot.bandBps}`,
        String(slot.wantedLots),
        String(slot.decidedLots),
        slot.clip ?? "",
        String(slot.sentLots),
      ]),
    ]),
    ...(greeks.length === 0
      ? []
      : [
          "",
          grid([
            ["group", "Greek", "now", "target", "band", "after the order"],
            ...greeks.map(({ group, greek, nowBps, targetBps, bandBps, afterBps }) => [
              `group ${group}`,
              greek,
              String(nowBps),
              String(targetBps),
              `±${bandBps}`,
              String(afterBps),
            ]),
          ]),
        ]),
    ...(sleeve.every(({ weightBps }) => weightBps === 0n)
      ? []
      : [
          "",
          grid([
            ["sleeve", "view a year", "weight"],
            ...sleeve.map(({ slot, viewBps, weightBps }) => [names[slot]!, String(viewBps), String(weightBps)]),
          ]),
        ]),
  ].join("\n");
}
