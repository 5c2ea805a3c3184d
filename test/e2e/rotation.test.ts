import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { fileKeyring } from "../../client/node/keyring.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { readBatch } from "../../client/sdk/chain/batch.ts";
import { Member } from "../../client/sdk/roles/member.ts";
import { bookWords, openBookFrom } from "../../prover/index.ts";
import type { MemberKey } from "../../prover/index.ts";
import { latestSubmission } from "../../client/sdk/roles/recovery.ts";
import { tradedMarket } from "../support/wholeMarket.ts";
import type { MarketMember, WholeMarket } from "../support/wholeMarket.ts";

const HEARTBEAT_LIMIT = 2;
const CHALLENGE_SECONDS = 3_600;

/** Two vaults have traded in epoch 1 under the first committee. */
describe("A committee whose members change their keys", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let folder: string;
  let first: readonly MarketMember[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-rotation-"));
    market = await tradedMarket({ config: { heartbeatLimit: HEARTBEAT_LIMIT, challengeWindow: CHALLENGE_SECONDS } });
    first = market.members;
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await market.close();
  });

  const stateOf = (number: number): StateFolder => {
    const state = new StateFolder(join(folder, `member-${number}`));
    writeFileSync(state.file("key.hex"), market.members[number - 1]!.wallet.privateKey, { mode: 0o600 });
    return state;
  };
  const keysOf = (number: number): MemberKey[] => fileKeyring(stateOf(number)).keys();
  const memberOf = (number: number, finalityBlocks = 0): Member =>
    new Member(market.chain, stateOf(number), fileKeyring(stateOf(number)), { finalityBlocks });
  const eraseAll = (finalityBlocks = 0): Promise<number[]> =>
    Promise.all(market.members.map(({ number }) => memberOf(number, finalityBlocks).eraseOldKeys()));
  /** An epoch in which the vaults of these numbers submit. */
  async function epochOf(...vaults: number[]): Promise<void> {
    await market.openEpoch();
    for (const i of vaults) await market.submit(market.vaults[i]!);
    await market.finishEpoch();
  }

  it("has both keys of each while books and batches need the old one", async () => {
    const fresh = first.map((member) => {
      const keyring = fileKeyring(stateOf(member.number));
      keyring.add(member.seed);
      return { ...member, key: keyring.add() };
    });
    expect(await eraseAll(), "a key that was never appointed stays").to.deep.equal([0, 0, 0]);
    await market.appoint(fresh);
    expect(await eraseAll(), "the books of epoch 1 are sealed for the old ones").to.deep.equal([0, 0, 0]);
    await epochOf(0);
    expect(await eraseAll(), "one of them still is").to.deep.equal([0, 0, 0]);
    expect(keysOf(1)).to.have.length(2);
  });

  it("opens batches with the new keys and the old vault's book with the old ones", async () => {
    const [absent] = [market.vaults[1]!];
    await epochOf(0);
    await epochOf(0);
    await market.chain.market.connect(market.keeper as never).startRecovery(absent.address);
    await market.connection.networkHelpers.time.increase(CHALLENGE_SECONDS + 1);
    await epochOf(0);
    await market.chain.market.connect(market.keeper as never).finishChallenge(absent.address);
    const { last } = (await latestSubmission(market.chain, absent.address))!;
    const signed = await Promise.all([1, 2, 3].map((number) => memberOf(number).bookShare(absent.address)));
    const shares = signed.map(({ statement }) => statement);
    const { book } = openBookFrom(market.profile, market.chain.vaultId(absent.address), last, shares);
    expect(book).to.deep.equal(absent.book);
    expect(await eraseAll()).to.deep.equal([0, 0, 0]);

    await market.openEpoch();
    await market.submit(market.vaults[0]!);
    await market.chain.market.connect(market.keeper as never).openBook(absent.address, bookWords(book));
    await market.finishEpoch();
  });

  it("erases the old keys when nothing needs them, as many blocks later as sums wait", async () => {
    const patient = memberOf(3, 5);
    expect(await patient.eraseOldKeys()).to.equal(0);
    await market.connection.networkHelpers.mine(4);
    expect(await patient.eraseOldKeys()).to.equal(0);
    await market.connection.networkHelpers.mine(1);
    expect(await patient.eraseOldKeys()).to.equal(1);
    expect(await Promise.all([1, 2].map((number) => memberOf(number).eraseOldKeys()))).to.deep.equal([1, 1]);
    expect(await eraseAll()).to.deep.equal([0, 0, 0]);
    for (const { number } of market.members) expect(keysOf(number)).to.have.length(1);
  });

  it("has nothing left, to whoever seizes all members' folders, that opens what was sealed before", async () => {
    const filesUnder = (path: string): string[] =>
      readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
      );
    const seized = filesUnder(folder).map((path) => readFileSync(path, "utf8"));
    for (const { seed, key } of first) {
      for (const secret of [Buffer.from(seed).toString("hex"), key.secretKey.toString(16), `${key.secretKey}`])
        expect(seized.some((text) => text.includes(secret))).to.equal(false);
    }
    const { submissions } = await readBatch(market.chain, 1);
    expect(submissions).to.have.length(2);
    const sealedFor = await market.chain.committeeKeys(1);
    for (const { number } of first) {
      const kept = keysOf(number).map(({ publicKey: [x] }) => x);
      expect(sealedFor.some(([x]) => kept.includes(x))).to.equal(false);
    }
  });
});
