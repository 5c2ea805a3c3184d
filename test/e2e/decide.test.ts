import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { DEMO_MANDATE } from "../../client/demo/plan.ts";
import { signerOf } from "../../client/cli/context.ts";
import { OwnerTrust } from "../../client/sdk/roles/trust.ts";
import { Owner } from "../../client/sdk/roles/owner.ts";
import { booksIn } from "../../client/node/privateBooks.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { formatStrategy, parseStrategy, profiles, strategyTemplate } from "../../prover/index.ts";
import { openProvingBackend, readSeedFile } from "../../prover/node.ts";
import type { Explanation, ProvingBackend, StrategyParameters } from "../../prover/index.ts";
import { commandOn } from "../support/program.ts";
import type { MarketCommand } from "../support/program.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

const { small } = profiles;

describe("An owner's next decision, and another strategy for the vault", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let command: MarketCommand;
  let vault: string;
  let at: MarketCommand["at"];
  let tacit: MarketCommand["tacit"];
  let answer: MarketCommand["answer"];
  let refusal: MarketCommand["refusal"];
  let backend: ProvingBackend;
  before(async () => {
    const circuit = loadArtifacts("small", "rebalance");
    market = await WholeMarket.open({ circuit });
    command = await commandOn(market);
    ({ at, tacit, answer, refusal } = command);
    backend = openProvingBackend(circuit);
    const strategy = strategyTemplate(small, "regime-allocator");
    writeFileSync(at("strategy.json"), formatStrategy(small, strategy), { mode: 0o600 });
    writeFileSync(at("other.json"), formatStrategy(small, { ...strategy, rollDays: 9n }), { mode: 0o600 });
    writeFileSync(at("mandate.json"), JSON.stringify(DEMO_MANDATE));
    await answer("local", "fund", "--state", at("owner"));
    await answer("local", "approve", "--state", at("owner"));
    ({ vault } = (await answer(
      "vault",
      "create",
      "--state",
      at("owner"),
      "--strategy",
      at("strategy.json"),
      "--mandate",
      at("mandate.json"),
      "--any-network",
      "--dealing-interval",
      "1",
      "--dealing-offset",
      "0",
    )) as { vault: string });
    await answer("local", "fund", "--state", at("depositor"));
    await answer("deposit", vault, "100000", "--state", at("depositor"));
    await market.openEpoch();
  });
  after(async () => {
    await backend.close();
    command.close();
    await market.close();
  });

  const decision = (...more: string[]): string[] => [
    "decide",
    "--vault",
    vault,
    "--strategy",
    at("strategy.json"),
    "--state",
    at("owner"),
    ...more,
  ];
  const owner = (file: string): Owner => {
    const state = new StateFolder(at("owner"));
    const strategy: StrategyParameters = parseStrategy(
      small,
      formatStrategy(small, {
        ...strategyTemplate(small, "regime-allocator"),
        ...(file === "other.json" ? { rollDays: 9n } : {}),
      }),
    );
    const seed = readSeedFile(state.file("seed"));
    return new Owner({
      chain: market.chain,
      vault,
      signer: signerOf(state, market.chain),
      seed,
      strategy,
      backend,
      books: booksIn(state.file("books"), market.chain, vault, seed),
      trust: new OwnerTrust({ chain: market.chain, state }),
    });
  };
  const ordersOf = (decided: Record<string, unknown>): bigint[] => {
    const order = decided["order"] as { slot: number; lots: string }[];
    return Array.from({ length: small.slots }, (_, slot) => BigInt(order.find((one) => one.slot === slot)?.lots ?? 0));
  };

  it("is what the submission then sends, and says so of nothing else", async () => {
    const decided = await answer(...decision());
    expect(decided).to.include({ epoch: 1, final: true }).and.not.have.property("explanation");
    const sent = await owner("strategy.json").step();
    expect(sent!.order).to.deep.equal(ordersOf(decided));
    expect(sent!.order.some((delta) => delta > 0n)).to.equal(true);
    expect(await answer(...decision())).to.include({ epoch: 2, final: false });
    expect((await tacit(...decision())).output).to.match(/not final: what epoch 2 would send/);
  });

  it("is explained by regime, exposures, targets, bands and limits, to the owner alone", async () => {
    await market.finishEpoch();
    await market.openEpoch();
    const { explanation } = (await answer(...decision("--explain"))) as unknown as {
      explanation: { [K in keyof Explanation]: unknown };
    };
    expect(explanation).to.include({ mode: "trade", regime: 0, halvings: 0 });
    expect(explanation.scores).to.have.length(4);
    const [eth] = explanation.slots as Record<string, string | number>[];
    expect(eth).to.include({ role: "weight", targetBps: 4_500, bandBps: 150 });
    // Half of the gap was closed in epoch 1, from nothing to the edge of the band.
    expect(Number(eth!["exposureBps"])).to.be.closeTo((4_500 - 150) / 2, 5);
    expect(Number(eth!["sentLots"])).to.be.above(0);
    const { output } = await tacit(...decision("--explain"));
    expect(output)
      .to.match(/slot +role +held +exposure +target +band +wanted +decided +limited by +sent/)
      .and.match(/ETH +weight +\d+ +21\d\d +4500 +±150/);
    expect(
      await refusal("decide", "--vault", vault, "--strategy", at("strategy.json"), "--state", at("depositor")),
    ).to.match(/seed/);
    expect(await refusal(...decision().with(4, at("other.json")))).to.match(/not those the vault is committed to/);
  });

  it("follows another strategy only after the announced delay, and shows that it changed, not what", async () => {
    const show = async (): Promise<Record<string, unknown>> => answer("vault", "show", vault);
    const before = await show();
    expect(before["strategy"]).to.deep.equal({ changedAt: [] });
    expect(
      await refusal("vault", "set-strategy", vault, "--strategy", at("other.json"), "--state", at("depositor")),
    ).to.match(/only the vault's owner may: name the owner's folder with --state \(NotOwner\(\)\)/);
    for (const [name, strategy, message] of [
      [
        "outside.json",
        {
          ...strategyTemplate(small, "regime-allocator"),
          regimes: strategyTemplate(small, "regime-allocator").regimes.map((table) => ({
            ...table,
            weightBps: [9_900n, 0n, 0n, 0n],
          })),
        },
        /outside the mandate/,
      ],
      [
        "perps.json",
        strategyTemplate(small, "delta-neutral"),
        /hedgesDelta of group 0 takes slot 1 for its perp, but it is BTC/,
      ],
    ] as const) {
      writeFileSync(at(name), formatStrategy(small, strategy), { mode: 0o600 });
      expect(await refusal("vault", "set-strategy", vault, "--strategy", at(name), "--state", at("owner"))).to.match(
        message,
      );
    }
    await answer("vault", "set-strategy", vault, "--strategy", at("other.json"), "--state", at("owner"));
    expect(await refusal("vault", "apply-strategy", vault, "--state", at("depositor"))).to.match(
      /it takes effect from 20\S+Z on \(TooEarly/,
    );
    expect((await tacit("vault", "show", vault)).output).to.match(/another announced +may take effect from/);
    await market.passSeconds(31 * 86_400);
    await market.closeEpoch();
    await market.clearAll();
    await market.openEpoch();
    await answer("vault", "apply-strategy", vault, "--state", at("depositor"));

    const changed = await show();
    expect(changed["strategyCommitment"]).to.not.equal(before["strategyCommitment"]);
    expect((changed["strategy"] as { changedAt: number[] }).changedAt).to.have.length(1);
    expect((await tacit("vault", "show", vault)).output)
      .to.match(/strategy changed +once, last/)
      .and.not.match(/rollDays/);
  });

  it("is sent under the old strategy in the open epoch, whose snapshot was there before, and under the new one from the next on", async () => {
    const refused = async (file: string): Promise<string> =>
      owner(file)
        .step()
        .then(
          () => "sent",
          (error: Error) => error.message,
        );
    for (const file of ["strategy.json", "other.json"]) await owner(file).check();
    expect(await refused("other.json")).to.match(/that of the strategy it changed to/);
    expect((await owner("strategy.json").step())!.epoch).to.equal(3);
    const outdated = await owner("strategy.json")
      .check()
      .then(
        () => "runs",
        (error: Error) => error.message,
      );
    expect(outdated, "an owner that starts now would miss every epoch to come").to.match(
      /that of the strategy it changed to/,
    );
    await owner("other.json").check();
    await market.finishEpoch();
    await market.openEpoch();
    expect(await refused("strategy.json")).to.match(/that of the strategy it changed to/);
    expect((await owner("other.json").step())!.epoch).to.equal(4);
  });

  it("is behind another commitment each time, also where the vault returns to it; announcing the one in force takes that back", async () => {
    const published = async (): Promise<Set<bigint>> =>
      market.chain.strategyCommitments((await answer("vault", "show", vault))["owner"] as string);
    const next = async (file: string): Promise<bigint> =>
      BigInt(
        (await answer("strategy", "commit", "--strategy", at(file), "--state", at("owner")))[
          "strategyCommitment"
        ] as string,
      );
    const announce = async (file: string): Promise<Record<string, unknown>> =>
      answer("vault", "set-strategy", vault, "--strategy", at(file), "--state", at("owner"));
    const before = await published();
    expect(before.size).to.equal(2);
    for (const file of ["strategy.json", "other.json"]) expect(before.has(await next(file)), file).to.equal(false);

    const expected = await next("strategy.json");
    expect(BigInt((await announce("strategy.json"))["strategyCommitment"] as string)).to.equal(expected);
    expect((await published()).size).to.equal(3);
    const { strategyCommitment: inForce } = await answer("vault", "show", vault);
    const takenBack = await announce("other.json");
    expect(takenBack["strategyCommitment"]).to.equal(inForce);
    expect(takenBack["effectiveAt"]).to.equal(null);
    expect(await next("strategy.json"), "another vault of this owner's").to.not.equal(expected);
  });
});
