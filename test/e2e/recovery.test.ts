import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, Wallet } from "ethers";
import { describeError } from "../../client/sdk/errors.ts";
import { writeDeployment } from "../../client/node/deploymentFile.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { serve } from "../../client/node/http.ts";
import type { Route } from "../../client/node/http.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { Member, memberRoutes } from "../../client/sdk/roles/member.ts";
import { recoverBook } from "../../client/sdk/roles/recovery.ts";
import { fileKeyring } from "../../client/node/keyring.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { bookWords, isBookShareSignedBy, openBookFrom, signBookShare, toWord } from "../../prover/index.ts";
import type { SignedBookShare } from "../../prover/index.ts";
import { deriveBookKey } from "../../prover/crypto/randomness.ts";
import { parseSealedWords } from "../../prover/format/transcript.ts";
import { momentOfLast } from "../../prover/committee/sealedBook.ts";
import { serveLyingNode } from "../support/lyingNode.ts";
import { CLI, runProgram } from "../support/program.ts";
import { FIRST_DEPOSIT, tradedMarket } from "../support/wholeMarket.ts";
import type { MarketMember, MarketVault, WholeMarket } from "../support/wholeMarket.ts";

const HEARTBEAT_LIMIT = 1;
const CHALLENGE_SECONDS = 3_600;
/** Longer than a keeper waits before it asks members again. */
const LATER_SECONDS = 61;

/**
 * The first vault's owner never comes back. A keeper, whom nobody trusts, and the members of the committee end the
 * vault between them. In a small committee of three all three are needed to open a book.
 */
describe("A vault whose owner never comes back", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let silent: MarketVault;
  let other: MarketVault;
  let folder: string;
  let urls: string[];
  const closers: (() => void)[] = [];
  /** The silent vault is in recovery, and an epoch takes submissions. */
  let toRecovery: () => Promise<void>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-recovery-"));
    market = await tradedMarket({ config: { heartbeatLimit: HEARTBEAT_LIMIT, challengeWindow: CHALLENGE_SECONDS } });
    [silent, other] = market.vaults as [MarketVault, MarketVault];
    urls = await Promise.all(market.members.map((member) => publish(memberRoutes(runMember(member)))));
    await market.openEpoch();
    await market.submit(other, {}, await market.redeemable(other));
    await market.finishEpoch();
  });
  after(async () => {
    closers.forEach((close) => close());
    rmSync(folder, { recursive: true, force: true });
    await market.close();
  });

  /** A member's program with its registered account and seed. */
  function runMember(member: MarketMember, finalityBlocks = 0, chain = market.chain): Member {
    const state = new StateFolder(join(folder, `member-${member.number}`));
    writeFileSync(state.file("key.hex"), member.wallet.privateKey, { mode: 0o600 });
    const keyring = fileKeyring(state);
    keyring.add(member.seed);
    return new Member(chain, state, keyring, { finalityBlocks });
  }
  async function publish(routes: Record<string, Route>): Promise<string> {
    const server = await serve(routes, 0);
    closers.push(server.close);
    return server.url;
  }
  const keeper = (members: readonly string[], signer = market.keeper): Keeper =>
    new Keeper({ chain: market.chain, signer, reporters: [], members });
  /** Whatever the keeper finds to do. */
  async function drain(one: Keeper): Promise<string[]> {
    const steps: string[] = [];
    for (let done = await one.step(); done !== undefined; done = await one.step()) steps.push(done.step);
    return steps;
  }
  const statusOf = async (vault: MarketVault): Promise<string> =>
    (await market.chain.vaultRecord(vault.address)).status;
  const refusal = async (action: Promise<unknown>): Promise<string> =>
    action.then(
      () => "nothing",
      (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
    );
  const answerOf = async (member: number, vault: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${urls[member - 1]}/book/${vault}`);
    return { status: response.status, text: await response.text() };
  };
  /** No member's server says anything of the vault but why. */
  async function staysSealed(vault: string, why: string, code = "BOOK_STAYS_SEALED"): Promise<void> {
    for (const { number } of market.members) {
      const { status, text } = await answerOf(number, vault);
      expect([status, Object.keys(JSON.parse(text) as object)]).to.deep.equal([403, ["error", "code"]]);
      expect(text).to.contain(code).and.contain(why);
    }
  }
  const shareOf = (member: number, vault = silent.address): Promise<SignedBookShare> =>
    runMember(market.members[member - 1]!).bookShare(vault);
  /** At prices of now, however long the epoch has taken. */
  async function clearAll(): Promise<void> {
    await market.refreshPrices();
    await market.clearAll();
  }
  const owed = (): Promise<bigint> => market.chain.desk.getFunction("owedMicroUsd")(silent.address) as Promise<bigint>;

  it("is challenged by the keeper as soon as it has missed enough and put into recovery when the challenge is over, and no member says anything before", async () => {
    expect(await statusOf(silent)).to.equal("active");
    const alone = keeper([]);
    await staysSealed(silent.address, "active");
    expect(await alone.step()).to.include({ step: "startRecovery", detail: silent.address });
    expect(await statusOf(silent)).to.equal("challenged");
    await staysSealed(silent.address, "challenged");
    expect(await statusOf(other), "the one that submits is left alone").to.equal("active");
    expect(await alone.step(), "the owner has its time").to.equal(undefined);
    await market.openEpoch();
    await market.submit(other);
    await market.passDeadline();
    await market.passSeconds(CHALLENGE_SECONDS);
    expect((await alone.step())!.step, "the owner may still submit").to.equal("close");
    expect((await alone.step())!.step, "before the batch is touched").to.equal("finishChallenge");
    expect(await statusOf(silent)).to.equal("recovering");
    expect((await alone.step())!.step).to.equal("tally");
    await clearAll();
    await market.openEpoch();
    toRecovery = await market.checkpoint();
  });

  it("is opened, taken over and paid out by keeper and members alone, to the last cent its book is worth", async () => {
    await toRecovery();
    const { settlement } = await market.settled(silent);
    const one = keeper(urls);
    const opened = await one.step();
    expect(opened).to.include({ step: "openBook", detail: `${silent.address}, opened by members 1, 2, 3` });
    expect(await statusOf(silent)).to.equal("resolved");
    expect((await one.step())!.step, "what cash there is").to.equal("payResolved");
    const leaver = await market.depositor(silent);
    const { claimedMicroUsd: atOnce } = await leaver.claim();

    await market.submit(other);
    expect(await drain(one)).to.include.members(["close", "tally"]);
    await market.clearAll();
    await market.openEpoch();
    expect(await drain(one)).to.deep.equal(["payResolved"]);
    const { claimedMicroUsd: later } = await leaver.claim();
    expect(Number(settlement.navBefore - atOnce - later), "rounding").to.be.within(0, 10);
    expect(settlement.navBefore > (FIRST_DEPOSIT * 99n) / 100n).to.equal(true);
    expect(await owed()).to.equal(0n);
  });

  it("stays closed while a member is away or lies, without holding the market up, and is opened once they all tell the truth", async () => {
    await toRecovery();
    let [second, third]: SignedBookShare[] | undefined[] = [undefined, undefined];
    const honest = await Promise.all([2, 3].map((member) => shareOf(member)));
    const liar = market.members[2]!;
    const lie = await signBookShare(liar.wallet, {
      ...honest[1]!.statement,
      share: toWord(honest[1]!.statement.share + 1n),
    });
    const servers = [
      urls[0]!,
      await publish({ book: () => second }),
      await publish({ book: () => third }),
      "http://127.0.0.1:9",
      // Member 3's true share in another's name, one that nobody signed, somebody's whose account is not registered,
      // nonsense.
      await publish({ book: async () => signBookShare(market.members[1]!.wallet, honest[1]!.statement) }),
      await publish({ book: () => ({ ...honest[1]!, signature: "0x" }) }),
      await publish({ book: async () => signBookShare(Wallet.createRandom(), honest[1]!.statement) }),
      ...(await Promise.all(
        [null, 0, [], "", { statement: null }, { statement: { member: 3 }, signature: 5 }].map((nonsense) =>
          publish({ book: () => nonsense }),
        ),
      )),
    ];
    const one = keeper(servers);
    expect(await one.step(), "two are away").to.equal(undefined);
    second = honest[0];
    await market.passSeconds(LATER_SECONDS);
    expect(await one.step(), "one is away").to.equal(undefined);
    third = lie;
    await market.passSeconds(LATER_SECONDS);
    expect(await one.step(), "one lies").to.equal(undefined);
    expect(await statusOf(silent)).to.equal("recovering");

    await market.passDeadline();
    expect(await one.step(), "epochs go on").to.include({ step: "close" });
    third = honest[1];
    await market.openEpoch();
    expect(await one.step()).to.include({ step: "openBook", detail: `${silent.address}, opened by members 1, 2, 3` });
  });

  describe("has members that give out a share of its latest book's key alone:", () => {
    it("nothing of a vault that is active or none, and of one that has ended neither", async () => {
      await toRecovery();
      await staysSealed(other.address, "active");
      for (const unknown of [String(market.local.cash.target), "0x12", "latest", ""])
        await staysSealed(unknown, "no vault", "NOT_A_VAULT");
      await keeper(urls).step();
      await staysSealed(silent.address, "on the chain");
    });

    it("nothing before the end of the vault is final", async () => {
      await toRecovery();
      const [ended] = await market.chain.events(market.chain.market, "RecoveryFinished", { vault: silent.address });
      const depth = (): Promise<number> =>
        market.chain.provider.getBlockNumber().then((head) => head - ended!.blockNumber);
      const FINAL = (await depth()) + 2;
      const patient = runMember(market.members[0]!, FINAL);
      while ((await depth()) < FINAL) {
        expect(await refusal(patient.bookShare(silent.address))).to.match(/^NOT_FINAL/);
        await market.connection.networkHelpers.mine();
      }
      expect((await patient.bookShare(silent.address)).statement.member).to.equal(1);
    });

    it("nothing if it was not among those the book was sealed for", async () => {
      await toRecovery();
      const stranger = { ...market.members[0]!, number: 9, seed: new Uint8Array(32).fill(77) };
      expect(await refusal(runMember(stranger).bookShare(silent.address))).to.match(/^NOT_A_MEMBER/);
    });

    it("signed for this vault and this book, and of no use for any other", async () => {
      await toRecovery();
      const shares = await Promise.all([1, 2, 3].map((member) => shareOf(member)));
      const { commitment } = await market.chain.vaultRecord(silent.address);
      for (const [i, share] of shares.entries()) {
        expect(share.statement).to.include({ vault: BigInt(silent.address), commitment, epoch: 1n, member: i + 1 });
        expect(isBookShareSignedBy(market.members[i]!.wallet.address, share)).to.equal(true);
        for (const changed of [
          { vault: BigInt(other.address) },
          { commitment: commitment + 1n },
          { epoch: 2n },
          { member: 4 },
          { share: toWord(5n) },
          { market: 1n },
        ]) {
          expect(
            isBookShareSignedBy(market.members[i]!.wallet.address, {
              ...share,
              statement: { ...share.statement, ...changed },
            }),
          ).to.equal(false);
        }
      }
      const given = shares.map(({ statement }) => statement);
      const lastOf = async ({ address }: MarketVault) => (await market.chain.stateReader(address).lastSubmission())!;
      const open = async (vault: MarketVault) =>
        openBookFrom(market.profile, market.chain.vaultId(vault.address), await lastOf(vault), given);
      expect((await open(silent)).book).to.deep.equal(silent.book);
      expect(await refusal(open(other))).to.match(/^opening-not-found/);

      expect(await refusal(recoverBook(market.chain, other.address, urls))).to.match(/^BOOK_STAYS_SEALED/);
    });

    it("and keeps no record of having done so", async () => {
      await toRecovery();
      const before = readdirSync(join(folder, "member-1"));
      await shareOf(1);
      expect(readdirSync(join(folder, "member-1"))).to.deep.equal(before);
    });
  });

  describe("is resolved from the command line", () => {
    let node: Awaited<ReturnType<typeof serveLyingNode>>;
    before(async () => {
      node = await serveLyingNode(market.connection.provider as never, (_method, _params, result) => result);
      closers.push(() => node.close());
      writeDeployment(join(folder, "tacit.json"), market.local.deployment);
    });
    const keysIn = (name: string): string => {
      const state = new StateFolder(join(folder, name));
      state.wallet();
      return state.path;
    };
    const tacit = (...args: string[]) =>
      runProgram(CLI, [...args, "--rpc", node.url, "--deployment", join(folder, "tacit.json")]);
    const anybody = (): string[] => ["vault", "resolve", silent.address, "--state", join(folder, "anybody")];

    it("by anybody with the members' addresses, once it is in recovery", async () => {
      await toRecovery();
      new StateFolder(join(folder, "anybody")).wallet();
      expect((await tacit("local", "fund", "--state", join(folder, "anybody"))).code).to.equal(0);
      const sealed = await tacit(
        "vault",
        "resolve",
        other.address,
        "--state",
        join(folder, "anybody"),
        "--members",
        urls.join(","),
      );
      expect([sealed.code, sealed.errors]).to.deep.equal([1, sealed.errors.match(/.*the vault is active.*\n/)?.[0]]);
      const few = await tacit(...anybody(), "--members", urls.slice(1).join(","));
      expect([few.code, few.errors]).to.deep.equal([1, few.errors.match(/.*ask further members.*\n/)?.[0]]);
      const done = await tacit(...anybody(), "--members", urls.join(","), "--json");
      expect(done.code, done.errors).to.equal(0);
      expect(JSON.parse(done.output)).to.include({ vault: silent.address, owedMicroUsd: String(await owed()) });
      expect(await statusOf(silent)).to.equal("resolved");
    });

    it("and nothing of the book or its key is said on the way, not even by a keeper that can't pay for its transaction", async () => {
      await toRecovery();
      const last = (await market.chain.stateReader(silent.address).lastSubmission())!;
      const key = deriveBookKey(
        silent.seed,
        momentOfLast(market.chain.vaultId(silent.address), last),
        parseSealedWords(market.profile, last.sealedWords).ephemeral,
      );
      const secrets = [...bookWords(silent.book), key]
        .filter((word) => word > 1n << 20n)
        .flatMap((word) => [word.toString(), word.toString(16)]);
      const provider = new JsonRpcProvider(node.url, undefined, { cacheTimeout: -1, staticNetwork: true });
      closers.push(() => provider.destroy());
      const poor = new Wallet(Wallet.createRandom().privateKey, provider);
      const chain = new MarketChain(provider, market.local.deployment);
      const failed = await new Keeper({ chain, signer: poor, reporters: [], members: urls })
        .step()
        .then(() => "nothing", describeError);
      expect(failed).to.match(/insufficient funds|doesn't have enough/i);

      const penniless = await tacit(
        "vault",
        "resolve",
        silent.address,
        "--state",
        keysIn("penniless"),
        "--members",
        urls.join(","),
      );
      expect(penniless.code).to.equal(1);
      // The one above has sent the book: in this test alone it is a secret once more.
      const another = keysIn("another");
      const few = await tacit(
        "vault",
        "resolve",
        silent.address,
        "--state",
        another,
        "--members",
        urls.slice(1).join(","),
      );
      const files = ["penniless", "another", "member-1"].flatMap((name) =>
        readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
      );
      const answers = await Promise.all([other.address, "0x"].map((vault) => answerOf(1, vault)));
      const said = [
        failed,
        penniless.errors,
        penniless.output,
        few.errors,
        few.output,
        ...files,
        ...answers.map(({ text }) => text),
      ].join("\n");
      for (const secret of secrets) expect(said.includes(secret)).to.equal(false);
      expect(await statusOf(silent), "nor on the chain").to.equal("recovering");
    });
  });
});
