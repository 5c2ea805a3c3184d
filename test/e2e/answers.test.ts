import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { DEMO_MANDATE, demoStrategy } from "../../client/demo/plan.ts";
import { formatStrategy, profiles } from "../../prover/index.ts";
import { commandOn } from "../support/program.ts";
import type { MarketCommand } from "../support/program.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/**
 * What commands answer a script, by its names; that every name and number is of the one form, in JSON and in text, is
 * what `runProgram` holds every command of every test to.
 */
describe("Answers for scripts", function () {
  this.timeout(600_000);
  let market: WholeMarket;
  let command: MarketCommand;
  let vault: string;
  before(async () => {
    market = await WholeMarket.open();
    command = await commandOn(market);
    const { at, answer } = command;
    writeFileSync(at("strategy.json"), formatStrategy(profiles.small, demoStrategy("small", 2)), { mode: 0o600 });
    writeFileSync(at("mandate.json"), JSON.stringify(DEMO_MANDATE));
    await answer("local", "fund", "--state", at("owner"));
    await answer("local", "approve", "--state", at("owner"));
    ({ vault } = (await answer(...create())) as { vault: string });
    await market.openEpoch();
  });
  after(async () => {
    command.close();
    await market.close();
  });
  const at = (name: string): string => command.at(name);
  const owner = (): string[] => ["--state", at("owner")];
  const strategy = (): string[] => ["--strategy", at("strategy.json")];
  const create = (): string[] => [
    "vault",
    "create",
    ...owner(),
    ...strategy(),
    "--mandate",
    at("mandate.json"),
    "--any-network",
  ];

  /** Commands, and the names at the top of their answers. Those of one thing are the same wherever it comes up. */
  const ANSWERS: readonly (readonly [command: string, more: () => string[], names: string])[] = [
    ["local fund", owner, "account fundedMicroUsd"],
    ["local approve", owner, "account vaults"],
    ["vault create", () => create().slice(2), "vault owner bondMicroUsd strategyCommitment"],
    ["vault leak", () => [vault], "vault company takenByNets dealingInterval navPrints missedEpochs payingEpochs"],
    ["strategy commit", () => [...strategy(), ...owner()], "strategyCommitment"],
    [
      "vault set-strategy",
      () => [vault, ...strategy(), ...owner()],
      "vault strategyCommitment effectiveAt transactionHash",
    ],
    ["deposit", () => [vault, "1000", ...owner()], "vault requestedMicroUsd dealtFromEpoch transactionHash"],
    [
      "cancel",
      () => [vault, ...owner()],
      "vault returnedDepositMicroUsd returnedRedeemShareUnits pendingDepositMicroUsd pendingRedeemShareUnits",
    ],
    ["claim", () => [vault, ...owner()], "vault claimedShareUnits claimedMicroUsd"],
    [
      "account",
      () => [vault, ...owner()],
      "vault account cashMicroUsd shareUnits pendingDepositMicroUsd claimableDepositMicroUsd pendingRedeemShareUnits " +
        "claimableRedeemShareUnits returnedDepositMicroUsd returnedRedeemShareUnits",
    ],
    ["bond show", () => [vault], "vault status bondMicroUsd minimumBondMicroUsd"],
    ["bond post", () => [vault, "5", ...owner()], "vault postedMicroUsd transactionHash"],
    [
      "vault show",
      () => [vault],
      "vault name owner status lastEpoch bookCommitment ownerRecord dealing changeDelaySeconds strategyCommitment " +
        "strategy lastNavMicroUsd totalShareUnits bondMicroUsd haircutPpb owedMicroUsd mandate",
    ],
    ["decide --explain", () => ["--vault", vault, ...strategy(), ...owner()], "epoch final halted order explanation"],
    [
      "market show",
      () => [],
      "epoch phase deadlineAt halted openedHalted observedAt now blockHash waitsFor haircutPpb insuranceMicroUsd " +
        "instruments vaults",
    ],
    ["market list", () => [], "slots halted"],
    ["owner trust", owner, "shown accepted same"],
    ["member key", () => ["--state", at("member")], "account keyX keyY proofX proofY proofS"],
  ];

  for (const [name, more, names] of ANSWERS)
    it(`name what tacit ${name} says`, async () => {
      if (name === "vault create") await command.answer("local", "approve", ...owner());
      const args = [...name.split(" "), ...more()];
      expect(Object.keys(await command.answer(...args)).toSorted()).to.deep.equal(names.split(" ").toSorted());
      // For people too. Where there is nothing left to do a second time, the refusal is held to it.
      await command.tacit(...args);
    });
});
