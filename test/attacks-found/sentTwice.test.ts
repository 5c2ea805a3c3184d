import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { toQuantity } from "ethers";
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

const CHAIN_ID = 31337;

/**
 * client/README.md of an ended program: "seen to by the next one in that folder; the same command goes on with it and
 * does nothing twice". What the account sends on one chain removes from its outbox whatever waits on another.
 */
describe("An account whose folder is used on two chains", function () {
  this.timeout(120_000);
  const ends: (() => unknown)[] = [];
  const folder = mkdtempSync(join(tmpdir(), "tacit-two-chains-"));
  after(async () => {
    for (const end of ends) await end();
    rmSync(folder, { recursive: true });
  });

  interface Chain {
    token: Deployed<"TestToken">;
    url: string;
    request(method: string, ...params: unknown[]): Promise<any>;
  }
  async function chain(initialDate: string): Promise<Chain> {
    const connection: any = await hre.network.create({ override: { initialDate } } as never);
    const node = await serveFaultyNode(connection.provider);
    ends.push(
      () => node.close(),
      () => connection.close(),
    );
    const [signer] = await connection.ethers.getSigners();
    const token = await deployContract(signer, "TestToken", "Token", "T", 6);
    const account = new StateFolder(folder).wallet().address;
    const request = (method: string, ...params: unknown[]) => connection.provider.request({ method, params });
    await request("hardhat_setBalance", account, toQuantity(10n ** 18n));
    await (await token.getFunction("mint")(account, 1_000)).wait();
    return { token, url: node.url, request };
  }
  /** What a program of the account gives, and how to end it. */
  function gives(
    { token, url }: Chain,
    amount: number,
  ): { done: Promise<TransactionReceipt>; sent: Promise<void>; stop(): void } {
    const stopping = new AbortController();
    const provider = new NodeProvider([url], CHAIN_ID, { signal: stopping.signal });
    ends.unshift(() => provider.destroy());
    let said = (): void => {};
    const sent = new Promise<void>((resolve) => (said = resolve));
    const log = { info: (text: string) => void (/^sent /.test(text) && said()), warn: () => {} };
    const state = new StateFolder(folder);
    const sender: Signer = new Sender(
      state.wallet().connect(provider),
      outboxIn(state, () => {}),
      {
        log,
        signal: stopping.signal,
      },
    );
    const done = sendStep(token.connect(sender) as typeof token, "transfer", [token.target, amount]);
    return { done, sent, stop: () => stopping.abort() };
  }

  it("does nothing twice on the one after it has done something on the other", async () => {
    const [first, second] = [await chain("2027-01-01"), await chain("2027-06-01")];
    await first.request("evm_setAutomine", false);
    const ended = gives(first, 5);
    await ended.sent;
    ended.stop();
    expect(await ended.done.catch((error: { code: string }) => error.code)).to.equal("STOPPED");

    await gives(second, 1).done;

    const again = gives(first, 5);
    await Promise.race([again.sent, new Promise((resolve) => setTimeout(resolve, 3_000))]);
    await first.request("evm_mine");
    await again.done;
    expect(Number(await first.token.balanceOf(first.token.target))).to.equal(5);
  });
});
