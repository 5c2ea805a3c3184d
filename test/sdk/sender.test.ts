import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AbiCoder, keccak256, toBeHex, toQuantity, Wallet } from "ethers";
import type { Signer, TransactionReceipt } from "ethers";
import hre from "hardhat";
import { deployContract } from "../../client/deploy/artifacts.ts";
import type { Deployed } from "../../client/deploy/artifacts.ts";
import { outboxIn } from "../../client/node/outbox.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { NodeProvider } from "../../client/sdk/chain/node.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { Sender } from "../../client/sdk/chain/sender.ts";
import { serveFaultyNode } from "../support/faultyNode.ts";
import type { FaultyNode } from "../support/faultyNode.ts";

const CHAIN_ID = 31337;
/** Where OpenZeppelin's token keeps an account's balance: in the mapping that comes first. */
const balanceWord = (account: string): string =>
  keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [account, 0]));

/** On a chain that mines when it is told to, behind a node that does what public nodes do. */
describe("An account that sends", function () {
  this.timeout(120_000);
  let connection: any;
  let token: Deployed<"TestToken">;
  let node: FaultyNode;
  let folder: string;
  let lines: string[];
  const open: (() => void)[] = [];

  beforeEach(async () => {
    connection = await hre.network.create();
    const [signer] = await connection.ethers.getSigners();
    token = await deployContract(signer, "TestToken", "Token", "T", 6);
    node = await serveFaultyNode(connection.provider);
    folder = mkdtempSync(join(tmpdir(), "tacit-sender-"));
    lines = [];
  });
  afterEach(async () => {
    for (const close of open.splice(0)) close();
    node.close();
    rmSync(folder, { recursive: true });
    await connection.close();
  });

  const request = (method: string, ...params: unknown[]): Promise<any> =>
    connection.provider.request({ method, params });
  const mine = (): Promise<unknown> => request("evm_mine");
  const mineByHand = (): Promise<unknown> => request("evm_setAutomine", false);

  /** Gives an account tokens, in whichever block there is. */
  const hold = async (account: string, amount: number): Promise<unknown> =>
    request("hardhat_setStorageAt", token.target, balanceWord(account), toBeHex(amount, 32));

  /** A program's account: of one folder, and with an abort of its own. */
  async function program(
    urls = [node.url],
    state = new StateFolder(folder),
    tokens = 1_000,
  ): Promise<{ sender: Sender; stop(): void }> {
    const stopping = new AbortController();
    const provider = new NodeProvider(urls, CHAIN_ID, { signal: stopping.signal });
    open.push(() => provider.destroy());
    const log = { info: (text: string) => void lines.push(text), warn: (text: string) => void lines.push(text) };
    const wallet = state.wallet().connect(provider);
    await request("hardhat_setBalance", wallet.address, toQuantity(10n ** 18n));
    await hold(wallet.address, tokens);
    const sender = new Sender(wallet, outboxIn(state, log.warn), { log, signal: stopping.signal });
    return { sender, stop: () => stopping.abort() };
  }
  const give = (sender: Signer, amount: number): Promise<TransactionReceipt> =>
    sendStep(token.connect(sender), "transfer", [token.target, amount]);
  const given = async (): Promise<number> => Number(await token.balanceOf(token.target));
  const heard = async (words: RegExp, milliseconds = 20_000): Promise<void> => {
    for (const until = performance.now() + milliseconds; !lines.some((line) => words.test(line)); ) {
      if (performance.now() > until) expect.fail(`nobody says ${words}: ${lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const refusal = (attempt: Promise<unknown>): Promise<{ code: string; message: string }> =>
    attempt.then(
      () => expect.fail("went through"),
      (error) => error,
    );

  it("says what it sends, and counts its nonces, also of steps that are asked for at once", async () => {
    const { sender } = await program();
    const receipts = await Promise.all([1, 2, 4].map((amount) => give(sender, amount)));
    expect(await given()).to.equal(7);
    expect(await sender.getNonce()).to.equal(3);
    for (const { hash } of receipts)
      expect(lines.some((line) => line.startsWith("sent transfer") && line.includes(hash))).to.equal(true);
  });

  it("sends again what the node has forgotten", async () => {
    const { sender } = await program();
    node.faults.forgets = 2;
    await give(sender, 5);
    expect(await given()).to.equal(5);
    expect(lines.join("\n")).to.match(
      /the node does not know transfer \(transaction 0x[0-9a-f]{64}, nonce 0\): sending it again/,
    );
    expect(node.asked.get("eth_sendRawTransaction")).to.equal(3);
  });

  it("gives up on a node that forgets everything, with the hash and what to do, and overtakes nothing twice", async () => {
    const { sender } = await program();
    node.faults.forgets = Infinity;
    const began = performance.now();
    const { code, message } = await refusal(give(sender, 5));
    expect(code).to.equal("NODE_FORGETS");
    expect(message).to.match(
      /takes transfer \(transaction 0x[0-9a-f]{64}, nonce 0\) and forgets it: name another node/,
    );
    expect(performance.now() - began).to.be.lessThan(90_000);
    node.faults.forgets = 0;
    await give(sender, 5);
    expect(await given(), "it was asked for once more, and is done once").to.equal(5);
  });

  it("offers more for what waits, within bounds, and knows which of its offers was taken", async () => {
    const { sender } = await program();
    await mineByHand();
    const done = give(sender, 5);
    await heard(/transfer waits: sent again for at most [\d.]+ gwei a gas/, 60_000);
    await mine();
    const { hash } = await done;
    expect(lines.at(-1)).to.contain(hash);
    expect(await given()).to.equal(5);
    expect((await request("eth_getTransactionByHash", hash)).nonce).to.equal("0x0");
  });

  it("goes on with what a program before it has left, which does not happen twice", async () => {
    await mineByHand();
    const first = await program();
    const attempt = refusal(give(first.sender, 5));
    await heard(/^sent transfer/);
    first.stop();
    const { code, message } = await attempt;
    expect(code).to.equal("STOPPED");
    expect(message).to.match(/transfer \(transaction 0x[0-9a-f]{64}, nonce 0\) was sent and may still be mined/);

    const second = await program();
    const again = give(second.sender, 5);
    await heard(/was sent earlier and is not mined yet: waiting for it/);
    await mine();
    await again;
    expect(await given()).to.equal(5);
    await request("evm_setAutomine", true);
    await give(second.sender, 5);
    expect(await given(), "this time it is meant").to.equal(10);
  });

  it("says what has become of something that was mined while nobody looked", async () => {
    await mineByHand();
    const first = await program();
    const attempt = refusal(give(first.sender, 5));
    await heard(/^sent transfer/);
    first.stop();
    await attempt;
    await mine();
    await request("evm_setAutomine", true);
    const second = await program();
    await give(second.sender, 7);
    expect(await given()).to.equal(12);
    expect(lines.join("\n")).to.match(
      /transfer \(transaction 0x[0-9a-f]{64}, nonce 0\), sent earlier, is mined in block \d+/,
    );
  });

  it("does not wait for what would be refused by now: its nonce goes to what comes next", async () => {
    const first = await program();
    await mineByHand();
    const attempt = refusal(give(first.sender, 1_000));
    await heard(/^sent transfer/);
    first.stop();
    await attempt;
    const [hash] = /0x[0-9a-f]{64}/.exec(lines.at(-1)!)!;
    await request("hardhat_dropTransaction", hash);
    await request("evm_setAutomine", true);
    // Meanwhile the account's money has gone by another way.
    const account = await first.sender.getAddress();
    await hold(account, 0);
    const second = await program(undefined, undefined, 3);
    await give(second.sender, 3);
    expect(await given()).to.equal(3);
    expect(await second.sender.getNonce()).to.equal(1);
  });
  it("sends again what a reorganisation took from the chain", async () => {
    const { sender } = await program();
    const fork = await request("evm_snapshot");
    await give(sender, 5);
    await request("evm_revert", fork);
    await mine();
    await mine();
    expect(await given()).to.equal(0);
    await give(sender, 7);
    expect(await given()).to.equal(12);
    expect(lines.join("\n")).to.match(
      /transfer .* is no longer on the chain, which was reorganised: seeing to it first/,
    );
  });

  it("does not take what it sent on another chain of the same number for its own", async () => {
    const first = await program();
    await give(first.sender, 5);
    const other = await hre.network.create({ override: { initialDate: "2031-01-01T00:00:00Z" } } as never);
    try {
      const elsewhere = await serveFaultyNode((other as any).provider);
      open.push(() => elsewhere.close());
      const { sender } = await program([elsewhere.url]);
      await (other as any).provider.request({
        method: "hardhat_setBalance",
        params: [await sender.getAddress(), toQuantity(10n ** 18n)],
      });
      lines = [];
      await sender.sendTransaction({ to: Wallet.createRandom().address, value: 1n });
      expect(await sender.getNonce()).to.equal(1);
      expect(lines).to.have.length(1);
    } finally {
      await (other as any).close();
    }
  });

  it("shares its account with a program that has another folder: each does its own, in some order", async () => {
    const one = await program();
    const elsewhere = new StateFolder(join(folder, "copy"));
    writeFileSync(elsewhere.file("key.hex"), new StateFolder(folder).wallet().privateKey, { mode: 0o600 });
    const two = await program([node.url], elsewhere);
    await Promise.all([1, 2, 4, 8].map((amount, i) => give(i % 2 === 0 ? one.sender : two.sender, amount)));
    expect(await given()).to.equal(15);
    expect(await one.sender.getNonce()).to.equal(4);
  });

  it("waits through an outage of its node", async () => {
    const { sender } = await program();
    await mineByHand();
    const done = give(sender, 5);
    await heard(/^sent transfer/);
    node.faults.drops = true;
    await heard(/waiting for transfer .*: no node answers at http/);
    await mine();
    node.faults.drops = false;
    await done;
    expect(await given()).to.equal(5);
  });

  it("says what the account holds, what it takes and what to do where it can't pay", async () => {
    const { sender } = await program();
    await request("hardhat_setBalance", await sender.getAddress(), "0x10");
    const { code, message } = await refusal(give(sender, 5));
    expect(code).to.equal("NO_ETHER");
    expect(message).to.match(
      /^account 0x[0-9a-fA-F]{40} holds [\d.e-]+ ether, and transfer may take [\d.e-]+: send it some/,
    );
  });

  it("ends within a moment when it is told to, whatever it waits for", async () => {
    await mineByHand();
    for (const fault of [{}, { hangs: true }, { drops: true }, { status: { code: 429, body: "" } }]) {
      [node.faults, lines] = [{}, []];
      const { sender, stop } = await program();
      const attempt = refusal(give(sender, 5));
      await heard(/^sent transfer|^transfer .* was sent earlier/);
      node.faults = fault;
      await new Promise((resolve) => setTimeout(resolve, 700));
      const began = performance.now();
      stop();
      expect((await attempt).code).to.equal("STOPPED");
      expect(performance.now() - began).to.be.lessThan(500);
    }
  });
});
