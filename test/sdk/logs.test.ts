import { expect } from "chai";
import { JsonRpcProvider, toQuantity } from "ethers";
import type { Provider } from "ethers";
import hre from "hardhat";
import { deployContract } from "../../client/deploy/artifacts.ts";
import type { Deployed } from "../../client/deploy/artifacts.ts";
import { LogSource } from "../../client/sdk/chain/logs.ts";
import type { LogFilter } from "../../client/sdk/chain/logs.ts";
import { serveLyingNode } from "../support/lyingNode.ts";
import type { Lie } from "../support/lyingNode.ts";
import { narrowNode } from "../support/narrowNode.ts";

const EVERY_BLOCK = 60;

describe("Logs of a chain", () => {
  let connection: any;
  let token: Deployed<"TestToken">;
  let filter: LogFilter;
  let firstBlock: number;
  /** Ranges that the node was asked for, as they came. */
  let asked: [number, number][];
  const open: (() => void)[] = [];

  beforeEach(async () => {
    connection = await hre.network.connect();
    const [signer] = await connection.ethers.getSigners();
    token = await deployContract(signer, "TestToken", "Token", "T", 6);
    firstBlock = await connection.ethers.provider.getBlockNumber();
    filter = { address: await token.getAddress(), topics: [token.interface.getEvent("Transfer")!.topicHash] };
    asked = [];
  });
  afterEach(async () => {
    for (const close of open.splice(0)) close();
    await connection.close();
  });

  const mint = async (amount: number): Promise<void> => void (await (await token.mint(filter.address, amount)).wait());
  const mintMany = async (from: number, to: number): Promise<void> => {
    for (let amount = from; amount < to; amount++) await mint(amount);
  };
  const send = (method: string, ...params: unknown[]): Promise<unknown> =>
    connection.provider.request({ method, params });

  const nodeWith = async (lie: Lie): Promise<Provider> => {
    const counted: Lie = (method, params, result) => {
      if (method === "eth_getLogs") {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        asked.push([Number(fromBlock), Number(toBlock)]);
      }
      return lie(method, params, result);
    };
    const { url, close } = await serveLyingNode(connection.provider, counted);
    const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true, cacheTimeout: -1 });
    open.push(() => provider.destroy(), close);
    return provider;
  };
  const honest: Lie = (_method, _params, result) => result;
  const amounts = async (source: LogSource, toBlock?: number): Promise<number[]> => {
    const range = { fromBlock: firstBlock, ...(toBlock === undefined ? {} : { toBlock }) };
    return (await source.logs(filter, range)).map((log) => Number(token.interface.parseLog(log)!.args["value"]));
  };
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  it("come whole and in order from a node that gives a few blocks at a time, and only new blocks are asked for again", async () => {
    await mintMany(0, EVERY_BLOCK);
    const source = new LogSource(await nodeWith(narrowNode({ blocks: 7 })));
    expect(await amounts(source)).to.deep.equal(upTo(EVERY_BLOCK));
    const head = firstBlock + EVERY_BLOCK;
    expect(asked.slice(0, 4).map(([from, to]) => to - from + 1)).to.deep.equal([EVERY_BLOCK + 1, 30, 15, 7]);
    expect(asked.length, "refused ones included").to.be.lessThan(2 * Math.ceil(EVERY_BLOCK / 7) + 6);

    asked = [];
    expect(await amounts(source)).to.deep.equal(upTo(EVERY_BLOCK));
    expect(asked).to.deep.equal([]);

    await mintMany(EVERY_BLOCK, EVERY_BLOCK + 3);
    expect(await amounts(source)).to.deep.equal(upTo(EVERY_BLOCK + 3));
    expect(asked).to.deep.equal([[head + 1, head + 3]]);
    expect(await amounts(source, head - 10)).to.deep.equal(upTo(EVERY_BLOCK - 10));
  });

  it("come whole from a node that gives a few results at a time, where they lie thick and where they lie thin", async () => {
    await mintMany(0, 20);
    await send("hardhat_mine", toQuantity(500));
    await mintMany(20, 40);
    const source = new LogSource(await nodeWith(narrowNode({ results: 6 })));
    expect(await amounts(source)).to.deep.equal(upTo(40));
    expect(asked.length).to.be.lessThan(60);
  });

  it("are in one answer where the node gives them", async () => {
    await mintMany(0, 5);
    expect(await amounts(new LogSource(await nodeWith(honest)))).to.deep.equal(upTo(5));
    expect(asked).to.deep.equal([[firstBlock, firstBlock + 5]]);
  });

  it("name the node's own words where it refuses them altogether, or limits requests", async () => {
    await mint(0);
    const failure = async (message: string): Promise<{ code: string; message: string }> => {
      const provider = await nodeWith((method, _params, result) => {
        if (method === "eth_getLogs") throw new Error(message);
        return result;
      });
      return new LogSource(provider).logs(filter, { fromBlock: firstBlock }).then(
        () => expect.fail("answered"),
        (error) => error,
      );
    };
    const refused = await failure("logs are not kept here");
    expect(refused.code).to.equal("LOGS_REFUSED");
    expect(refused.message).to.match(/\(logs are not kept here\): take another node/);
    asked = [];
    const throttled = await failure("daily request count exceeded, request rate limited");
    expect(throttled.code).to.equal("NODE_THROTTLES");
    expect(throttled.message).to.match(/request rate limited\): wait a little/);
    expect(asked, "asked no more of it").to.have.length(1);
  });

  for (const [what, before, replaced] of [
    ["as long", 5, 5],
    ["longer", 5, 9],
    ["shorter", 5, 2],
    ["shorter, and empty", 5, 0],
  ] as const) {
    it(`are those of the chain as it stands when its last blocks were replaced: ${what}`, async () => {
      await mintMany(0, 10);
      const source = new LogSource(await nodeWith(narrowNode({ blocks: 4 })));
      const fork = await send("evm_snapshot");
      await mintMany(10, 10 + before);
      expect(await amounts(source)).to.deep.equal(upTo(10 + before));
      await send("evm_revert", fork);
      await mintMany(100, 100 + replaced);
      await send("hardhat_mine", "0x1");
      const now = [...upTo(10), ...upTo(replaced).map((i) => 100 + i)];
      expect(await amounts(source)).to.deep.equal(now);
      await mint(7);
      expect(await amounts(source)).to.deep.equal([...now, 7]);
    });
  }

  it("are of one chain, though its blocks are replaced between two pages", async () => {
    await mintMany(0, 6);
    const fork = await send("evm_snapshot");
    await mintMany(6, 12);
    let pages = 0;
    const moving: Lie = async (method, params, result) => {
      if (method === "eth_getLogs" && ++pages === 2) {
        await send("evm_revert", fork);
        await mintMany(50, 60);
      }
      return narrowNode({ blocks: 20 })(method, params, result);
    };
    const source = new LogSource(await nodeWith(moving));
    await send("hardhat_mine", toQuantity(20));
    expect(await amounts(source)).to.deep.equal([...upTo(6), ...upTo(10).map((i) => 50 + i)]);
  });
});
