import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readBatch } from "../../client/sdk/chain/batch.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { serve } from "../../client/node/http.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { Member } from "../../client/sdk/roles/member.ts";
import { fileKeyring } from "../../client/node/keyring.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import {
  openGroup,
  revealAsDealer,
  RevealLedger,
  signStatement,
  sumCommitments,
  toWord,
  verifyBlame,
} from "../../prover/index.ts";
import type { Accused, BuiltSubmission, FrozenBatch, SignedStatement, SumStatement } from "../../prover/index.ts";
import { interpolateAtZero } from "../../prover/base/field.ts";
import { unpackNets } from "../../prover/committee/sealing.ts";
import { aboutLogs, lyingNode } from "../support/lyingNode.ts";
import { SECOND_ORDERS, tradedMarket } from "../support/wholeMarket.ts";
import type { MarketMember, WholeMarket } from "../support/wholeMarket.ts";

/** Three members of whom two open a batch: one may lie or be away. */
describe("A committee with liars among it", () => {
  let market: WholeMarket;
  let built: BuiltSubmission[];
  let folder: string;
  /** The first vault is in, the second is not. */
  let toOneIn: () => Promise<void>;
  const closers: (() => void)[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-committee-"));
    market = await tradedMarket();
    await market.openEpoch();
    built = [await market.submit(market.vaults[0]!, SECOND_ORDERS[0])];
    built.push(await market.prepare(market.vaults[1]!, SECOND_ORDERS[1]));
    toOneIn = await market.checkpoint();
  });
  beforeEach(() => toClear());
  after(async () => {
    closers.forEach((close) => close());
    rmSync(folder, { recursive: true, force: true });
    await market.close();
  });

  /** The batch of both is frozen. */
  async function toClear(): Promise<void> {
    await toOneIn();
    await market.send(market.vaults[1]!, built[1]!);
    await market.closeEpoch();
  }

  const NETS = [
    [-100n, 0n],
    [-1_000n, 1_000n],
  ];
  const frozen = (): Promise<FrozenBatch> => readBatch(market.chain, 2);
  /** Sums with something added in group 0. */
  const shifted = (s: SumStatement, by: bigint): SumStatement => ({
    ...s,
    orderSums: s.orderSums.map((x, g) => (g === 0 ? toWord(x + by) : x)),
  });
  const accuse = ({ number, key, wallet }: MarketMember): Accused => ({
    member: number,
    key: key.publicKey,
    account: wallet.address,
  });
  const failure = async (action: Promise<unknown>): Promise<string> =>
    action.then(
      () => "nothing",
      (error: Error) => error.message,
    );

  /**
   * The evidence of the two owners, who know their ephemeral secrets. Each accusation is its own: no epoch bears two.
   */
  const evidence = (batch: FrozenBatch, { number, key }: MarketMember) => {
    const ledger = new RevealLedger(market.profile);
    return batch.submissions.map((submission, i) =>
      revealAsDealer(ledger, batch, submission, number, key.publicKey, built[i]!.inputs["ephemeral"] as bigint),
    );
  };

  /** A member's program with its registered account and seed. */
  function runMember(member: MarketMember, name: string, chain = market.chain, finalityBlocks = 0): Member {
    const state = new StateFolder(join(folder, name));
    writeFileSync(state.file("key.hex"), member.wallet.privateKey, { mode: 0o600 });
    const keyring = fileKeyring(state);
    keyring.add(member.seed);
    return new Member(chain, state, keyring, { finalityBlocks });
  }

  /** Serves a member's answer as its program does. */
  async function publish(answer: () => SignedStatement | undefined): Promise<string> {
    const server = await serve({ sums: answer }, 0);
    closers.push(server.close);
    return server.url;
  }

  it("opens the true net whoever of them lies, since the sums of the others fit the commitments and the liar's do not", async () => {
    const sums = await market.sums();
    for (const liar of market.members) {
      const given = sums.map((s) => (s.member === liar.number ? shifted(s, 12_345n) : s));
      for (const group of [0, 1]) expect((await market.opening(group, given)).nets).to.deep.equal(NETS[group]);
      const { members } = await market.opening(0, given);
      expect(members).to.not.include(liar.number);
    }
  });

  it("has a net that a liar made up refused by the contract, and the true one taken after it", async () => {
    const [first, second] = await market.sums();
    const lied = [shifted(first!, 1n), second!];
    const interpolate = (sums: "orderSums" | "rhoSums") =>
      interpolateAtZero(lied.map((s) => ({ x: BigInt(s.member), y: s[sums][0]! })));
    const nets = unpackNets(market.profile, interpolate("orderSums"), 2n) ?? [1n, 0n];
    expect(await failure(market.step("clear", [0, nets, interpolate("rhoSums")]))).to.contain("NotTheOpening");
    expect(await failure(market.step("clear", [0, NETS[0]!, interpolate("rhoSums") + 1n]))).to.contain("NotTheOpening");
    expect(await market.clear(0)).to.equal(true);
  });

  it("is cleared by a keeper that hears signed lies, forged signatures, nonsense and silence", async () => {
    const [honest, liar] = [market.members[0]!, market.members[1]!];
    const member = runMember(honest, "keeper-honest");
    await member.step();
    const other = runMember(market.members[2]!, "keeper-other");
    const statement = await other.step();
    expect(statement).to.not.equal(undefined);
    const lie = await signStatement(liar.wallet, shifted((await market.sums([liar]))[0]!, 999n));
    const forged = await signStatement(liar.wallet, { ...lie.statement, member: 3 });
    const urls = await Promise.all([
      publish(() => lie),
      publish(() => forged),
      publish(() => ({ statement: { orderSums: "x" } }) as never),
      ...[null, 0, false, "", [], { statement: null }].map((nonsense) => publish(() => nonsense as never)),
      publish(() => undefined),
      publish(() => member.statement(2)),
      publish(() => other.statement(2)),
    ]);
    const keeper = new Keeper({
      chain: market.chain,
      signer: market.keeper,
      reporters: [],
      members: [...urls, "http://127.0.0.1:9"],
    });
    const steps: string[] = [];
    for (let done = await keeper.step(); done !== undefined; done = await keeper.step())
      steps.push(`${done.step}: ${done.detail}`);
    expect(steps).to.deep.equal(["clear: group 0, opened by members 1, 3", "clear: group 1, opened by members 2, 1"]);
    expect((await market.chain.clearings(2)).map(({ nets }) => nets)).to.deep.equal(NETS);
  });

  it("has its other groups cleared by a keeper although a pool of one reverts without a word", async () => {
    const members = await Promise.all(
      market.members.map(async (one, i) => {
        const program = runMember(one, `wordless-${i}`);
        await program.step();
        return publish(() => program.statement(2));
      }),
    );
    const REVERT = "0x5f5ffd";
    await market.connection.provider.request({
      method: "hardhat_setCode",
      params: [market.local.spots.get(0)!.pool.contract.target, REVERT],
    });
    const keeper = new Keeper({ chain: market.chain, signer: market.keeper, reporters: [], members });
    expect((await keeper.step())!.detail).to.match(/^group 0.*not tradable now/);
    expect((await keeper.step())!.detail).to.match(/^group 1, opened by members \d, \d$/);
    expect((await keeper.step())!.detail, "group 0 is tried again").to.match(/^group 0.*not tradable now/);
  });

  it("blames a liar only with a proof: its own signature and the owners' evidence", async () => {
    const batch = await frozen();
    const liar = market.members[1]!;
    const [sums] = await market.sums([liar]);
    const signed = await signStatement(liar.wallet, shifted(sums!, 1n));
    expect(verifyBlame(market.profile, batch, accuse(liar), signed, evidence(batch, liar))).to.equal(true);
    const forged = await signStatement(market.members[0]!.wallet, shifted(sums!, 1n));
    expect(() => verifyBlame(market.profile, batch, accuse(liar), forged, evidence(batch, liar))).to.throw(
      "did not sign",
    );
    const unproven = evidence(batch, liar).map((secret) => ({
      ...secret,
      shared: batch.submissions[0]!.sealed.ephemeral,
    }));
    expect(() => verifyBlame(market.profile, batch, accuse(liar), signed, unproven)).to.throw("not proven");
    const honest = await signStatement(liar.wallet, sums!);
    expect(verifyBlame(market.profile, batch, accuse(liar), honest, evidence(batch, liar))).to.equal(false);
  });

  it("clears an honest member when two liars' errors cancel, so that the batch opens with them and never with it", async () => {
    const batch = await frozen();
    const [one, two, honest] = market.members as [MarketMember, MarketMember, MarketMember];
    const [sumsOne, sumsTwo, sumsHonest] = (await market.sums()) as [SumStatement, SumStatement, SumStatement];
    // At 0 the line through members 1 and 2 is 2·s_1 − s_2: errors e and 2e leave it where it was.
    const lies = [shifted(sumsOne, 77n), shifted(sumsTwo, 154n)];
    const open = (given: SumStatement[]) => openGroup(market.profile, 0, sumCommitments(batch, 0), 2, given);
    expect(open(lies).nets).to.deep.equal(NETS[0]);
    for (const lie of lies) expect(() => open([lie, sumsHonest])).to.throw("ask further members");

    const signedHonest = await signStatement(honest.wallet, sumsHonest);
    expect(verifyBlame(market.profile, batch, accuse(honest), signedHonest, evidence(batch, honest))).to.equal(false);
    for (const [i, liar] of [one, two].entries()) {
      expect(
        verifyBlame(
          market.profile,
          batch,
          accuse(liar),
          await signStatement(liar.wallet, lies[i]!),
          evidence(batch, liar),
        ),
      ).to.equal(true);
    }
  });

  it("would open a single vault with sums for two sets, which is why an honest member gives out one", async () => {
    const both = await market.sums();
    await toOneIn();
    await market.closeEpoch();
    const onlyFirst = await market.sums();
    // The difference of the sums is the second vault's order, read without its commitment.
    const difference = both
      .map((s, j) => ({ member: s.member, word: toWord(s.orderSums[0]! - onlyFirst[j]!.orderSums[0]!) }))
      .slice(0, 2);
    const word = interpolateAtZero(difference.map(({ member, word }) => ({ x: BigInt(member), y: word })));
    expect(unpackNets(market.profile, word, 1n)).to.deep.equal([SECOND_ORDERS[1][0], 0n]);
  });

  it("has members that sign no second set of an epoch, even if the chain they see is another one now", async () => {
    await toOneIn();
    await market.closeEpoch();
    const member = runMember(market.members[0]!, "reorganised");
    const signed = await member.step();
    expect(signed!.setHash).to.equal((await market.chain.closing(2))!.setHash);

    await toClear();
    expect((await market.chain.closing(2))!.setHash).to.not.equal(signed!.setHash);
    expect(await member.step()).to.equal(undefined);
    expect(await runMember(market.members[0]!, "reorganised").step(), "after a restart").to.equal(undefined);
    expect(member.statement(2)!.statement.setHash).to.equal(signed!.setHash);

    // Nobody mistakes it for sums of the set that counts, and the others open that.
    const others = await Promise.all(
      market.members.slice(1).map(async (other, i) => {
        const program = runMember(other, `others-${i}`);
        await program.step();
        return publish(() => program.statement(2));
      }),
    );
    const keeper = new Keeper({
      chain: market.chain,
      signer: market.keeper,
      reporters: [],
      members: [await publish(() => member.statement(2)), ...others],
    });
    expect((await keeper.step())!.detail).to.match(/opened by members 2, 3/);
  });

  it("has members that wait until the close is final", async () => {
    const FINAL = 5;
    const member = runMember(market.members[0]!, "patient", market.chain, FINAL);
    const closedAt = (await market.chain.closing(2))!.blockNumber;
    for (;;) {
      const depth = (await market.chain.provider.getBlockNumber()) - closedAt;
      const statement = await member.step();
      expect(statement === undefined, `${depth} blocks after the close`).to.equal(depth < FINAL);
      if (statement !== undefined) break;
      await market.connection.networkHelpers.mine();
    }
  });

  it("has members that sign nothing when their node withholds a submission from them", async () => {
    const { topicHash } = market.chain.market.interface.getEvent("Submitted")!;
    const withheld = BigInt(market.vaults[1]!.address);
    const lie = aboutLogs(topicHash, (log) => (BigInt(log.topics[2]!) === withheld ? undefined : log));
    const chain = new MarketChain(lyingNode(market.connection.provider as never, lie), market.local.deployment);
    const member = runMember(market.members[0]!, "deceived", chain);
    expect(await failure(member.step())).to.contain("not the set the market froze");
    expect(member.statement(2)).to.equal(undefined);
  });

  it("has members that open nothing while the market is halted, whether before the close or after it", async () => {
    await market.step("halt", [], market.governance);
    expect(await runMember(market.members[0]!, "halted").step()).to.equal(undefined);

    await toOneIn();
    await market.step("halt", [], market.governance);
    await market.closeEpoch();
    expect(await runMember(market.members[0]!, "halted").step()).to.equal(undefined);
  });
});
