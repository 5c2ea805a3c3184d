import { expect } from "chai";
import { Contract, isCallException } from "ethers";
import hre from "hardhat";
import { NodeProvider } from "../../client/sdk/chain/node.ts";
import { serveFaultyNode } from "../support/faultyNode.ts";
import type { Faults, FaultyNode } from "../support/faultyNode.ts";

const CHAIN_ID = 31337;
const THROTTLED = '{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Too many requests"}}';

describe("The nodes of a chain", function () {
  this.timeout(60_000);
  let connection: any;
  const open: (() => void)[] = [];
  before(async () => {
    connection = await hre.network.create();
  });
  after(() => connection.close());
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  const nodeWith = async (faults: Faults = {}): Promise<FaultyNode> => {
    const node = await serveFaultyNode(connection.provider, faults);
    open.push(() => node.close());
    return node;
  };
  const over = (urls: string[], chainId = CHAIN_ID): NodeProvider => {
    const provider = new NodeProvider(urls, chainId);
    open.push(() => provider.destroy());
    return provider;
  };
  const refusal = (attempt: Promise<unknown>): Promise<{ code: string; message: string }> =>
    attempt.then(
      () => expect.fail("answered"),
      (error) => error,
    );

  const faults: [string, Faults, string, RegExp][] = [
    ["is not there", { drops: true }, "NO_CHAIN", /no node answers at http:\/\/127\.0\.0\.1:\d+: start one/],
    [
      "limits requests by status",
      { status: { code: 429, body: THROTTLED } },
      "NODE_THROTTLES",
      /limits requests \("Too many requests"\): wait a little/,
    ],
    ["limits requests without a word", { status: { code: 429, body: "" } }, "NODE_THROTTLES", /limits requests \("429/],
    [
      "limits requests by a code",
      { errors: { "": { code: -32005, message: "daily request count exceeded" } } },
      "NODE_THROTTLES",
      /limits requests \("daily request count exceeded"\)/,
    ],
    [
      "has a gateway in trouble",
      { status: { code: 502, body: "<html>Bad Gateway</html>" } },
      "NODE_REFUSES",
      /gives no answer, but "502 Bad Gateway"/,
    ],
    [
      "speaks something else",
      { status: { code: 200, body: "<html>welcome</html>" } },
      "NODE_REFUSES",
      /gives no answer, but "no JSON-RPC"/,
    ],
    [
      "has not kept the state",
      { errors: { eth_getCode: { code: -32000, message: "missing trie node 4f1a (path ) state is not available" } } },
      "NODE_PRUNED",
      /has not kept the state that eth_getCode asks for \("missing trie node.*an archive node/,
    ],
  ];
  for (const [what, fault, code, message] of faults) {
    it(`are named for what is wrong where one ${what}, and passed over where there is another`, async () => {
      const [bad, good] = [await nodeWith(fault), await nodeWith()];
      const token = bad.url;
      const error = await refusal(over([token]).getCode(`0x${"11".repeat(20)}`));
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message);
      const both = over([bad.url, good.url]);
      expect(await both.getCode(`0x${"11".repeat(20)}`)).to.equal("0x");
      const before = [...bad.asked.values()].reduce((a, b) => a + b, 0);
      await both.getBlockNumber();
      expect(
        [...bad.asked.values()].reduce((a, b) => a + b, 0),
        "the one that works stays in use",
      ).to.equal(before);
    });
  }

  it("are left for another one that answers where one takes requests and says nothing", async () => {
    const [bad, good] = [await nodeWith({ hangs: true }), await nodeWith()];
    expect(await over([bad.url, good.url]).getBlockNumber()).to.equal(0);
  });

  it("are asked again where one limits requests now and then", async () => {
    const node = over([(await nodeWith({ refusesEach: 3 })).url]);
    for (let i = 0; i < 10; i++) expect(await node.getBlockNumber()).to.equal(0);
  });

  it("are refused where one is of another chain, and passed over", async () => {
    const other = await hre.network.create({ override: { chainId: 7 } } as never);
    const wrong = await serveFaultyNode((other as any).provider);
    open.push(() => wrong.close());
    const error = await refusal(over([wrong.url]).getBlockNumber());
    expect(error.code).to.equal("WRONG_CHAIN");
    expect(error.message).to.match(/runs chain 7, the deployment is on 31337: name the right node/);
    expect(await over([wrong.url, (await nodeWith()).url]).getBlockNumber()).to.equal(0);
    await (other as any).close();
  });

  it("are all named where none answers", async () => {
    const [one, two] = [await nodeWith({ drops: true }), await nodeWith({ status: { code: 429, body: THROTTLED } })];
    const { message } = await refusal(over([one.url, two.url]).getBlockNumber());
    expect(message).to.contain(one.url).and.contain(two.url).and.contain("Too many requests");
  });

  it("are named without what may be a secret in their URLs, and told the password in them", async () => {
    const node = await nodeWith({ status: { code: 429, body: "" } });
    const secret = `${node.url.replace("//", "//me:hush@")}/v3/0123456789abcdef`;
    const { message } = await refusal(over([secret]).getBlockNumber());
    expect(message)
      .to.contain(node.url)
      .and.not.match(/hush|0123456789abcdef/);
    node.faults = {};
    expect(await over([secret]).getBlockNumber()).to.equal(0);
  });

  it("pass on what a contract refuses with, and say so where they leave its reason out", async () => {
    const message = "execution reverted";
    const node = await nodeWith({ errors: { eth_call: { code: -32000, message } } });
    const contract = new Contract(`0x${"11".repeat(20)}`, ["function rate() view returns (uint256)"], over([node.url]));
    const error = await refusal(contract.getFunction("rate")());
    expect(isCallException(error)).to.equal(true);
  });
});
