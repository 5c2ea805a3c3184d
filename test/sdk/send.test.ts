import { expect } from "chai";
import { Contract } from "ethers";
import type { Signer } from "ethers";
import hre from "hardhat";
import { contractArtifact, deploy, deployContract } from "../../client/deploy/artifacts.ts";
import { contractAt } from "../../client/sdk/chain/contract.ts";
import { gasLimitFor } from "../../client/sdk/chain/gas.ts";
import { NodeProvider } from "../../client/sdk/chain/node.ts";
import { allow, sendStep } from "../../client/sdk/chain/send.ts";
import { serveFaultyNode } from "../support/faultyNode.ts";
import type { FaultyNode } from "../support/faultyNode.ts";
import gas from "../../bench/snapshots/gas.json" with { type: "json" };

const SPENDER = "0x000000000000000000000000000000000000dEaD";
const USD = 10n ** 6n;

describe("A step that is sent", () => {
  let connection: any;
  let provider: NodeProvider;
  let signer: Signer;
  let node: FaultyNode;
  before(async () => {
    connection = await hre.network.create();
    node = await serveFaultyNode(connection.provider);
    provider = new NodeProvider([node.url], 31337);
    signer = await provider.getSigner(0);
  });
  after(async () => {
    provider.destroy();
    node.close();
    await connection.close();
  });

  for (const [style, name] of ["says yes", "says nothing", "says no instead of reverting"].entries()) {
    it(`allows what a deposit takes, of a cash token that wants 0 first and ${name}`, async () => {
      const token = await deploy(signer, contractArtifact("StrictDollar"), style);
      const cash = contractAt("IERC20", String(token.target), signer);
      for (const dollars of [100n, 250n, 200n, 300n]) {
        await allow(cash, SPENDER, dollars * USD, "the deposit");
        expect((await cash.allowance(await signer.getAddress(), SPENDER)) >= dollars * USD).to.equal(true);
      }
      expect(await cash.allowance(await signer.getAddress(), SPENDER)).to.equal(300n * USD);
    });
  }

  it("takes one transaction of an ordinary token, however much was allowed before", async () => {
    const token = await deployContract(signer, "TestToken", "Dollar", "USD", 6);
    await sendStep(token, "mint", [await signer.getAddress(), 1_000n * USD]);
    const cash = contractAt("IERC20", String(token.target), signer);
    await allow(cash, SPENDER, 100n * USD, "the deposit");
    const before = await signer.getNonce();
    await allow(cash, SPENDER, 200n * USD, "the deposit");
    expect((await signer.getNonce()) - before).to.equal(1);
  });

  it("says that a contract refuses it without a reason, and whatever else the node says", async () => {
    const token = await deploy(signer, contractArtifact("StrictDollar"), 0);
    const cash = contractAt("IERC20", String(token.target), signer);
    await sendStep(cash, "approve", [SPENDER, 1n]);
    const error = await sendStep(cash, "approve", [SPENDER, 2n]).catch((found: Error & { code?: string }) => found);
    expect(error).to.include({ code: "STEP_REVERTED" });
    expect((error as Error).message).to.match(/^approve was refused by the contract: no reason given/);
    node.faults.errors = { eth_estimateGas: { code: -32_000, message: "execution reverted" } };
    const named = new Contract(token.target, ["function approve(address,uint256)", "error Never()"], signer);
    const again = await sendStep(named, "approve", [SPENDER, 2n]).catch((found: Error) => found);
    expect((again as Error).message).to.match(/^approve was refused by the contract: no reason given/);
    node.faults = {};
  });

  it("has gas left where what is mined before it makes it dearer than it was estimated", async () => {
    // What a step costs at one time and another, by the names that the measured table has for them.
    const kinds = Object.entries(gas.small as Record<string, number | object>).flatMap(([name, used]) =>
      typeof used === "number" ? [[name, used] as const] : [],
    );
    const steps = {
      submit: /^submit/,
      publish: /^snapshot/,
      tally: /^tally.*3vaults$/,
      clear: /^clear\.withVenue/,
      lapse: /^lapse/,
    };
    for (const [step, pattern] of Object.entries(steps)) {
      const used = kinds.filter(([name]) => pattern.test(name)).map(([, each]) => each);
      expect(used.length, step).to.be.greaterThan(1);
      const limit = gasLimitFor(step, BigInt(Math.min(...used)));
      expect(Number(limit), step).to.be.greaterThan(Math.max(...used) * 1.02);
    }
  });

  it("is mined although others of its block come first and write what it would have written over", async () => {
    const [first, second] = [signer, await provider.getSigner(1)];
    const token = await deployContract(first, "TestToken", "Dollar", "USD", 6);
    const [one, two] = await Promise.all([first.getAddress(), second.getAddress()]);
    await sendStep(token, "mint", [one, 10n]);
    const request = (method: string, ...params: unknown[]) => connection.provider.request({ method, params });
    // Estimated while `two` holds some: at the moment it is mined, `two` holds none, and a word is written for the
    // first time.
    await sendStep(token, "mint", [two, 5n]);
    const cash = contractAt("IERC20", String(token.target), second);
    await request("evm_setAutomine", false);
    const emptied = cash.transfer(SPENDER, 5n, { gasPrice: 10n ** 11n, gasLimit: 100_000n });
    const sent = sendStep(cash.connect(first) as typeof cash, "transfer", [two, 10n]);
    await emptied;
    for (let i = 0; i < 50 && (await request("eth_getBlockByNumber", "pending", false)).transactions.length < 2; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await request("evm_mine");
    expect((await sent).status).to.equal(1);
    await request("evm_setAutomine", true);
  });
});
