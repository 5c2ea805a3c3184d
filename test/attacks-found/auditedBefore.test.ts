import { expect } from "chai";
import { anyOrderCircuit } from "../support/anyOrder.ts";
import { commandOn } from "../support/program.ts";
import type { MarketCommand } from "../support/program.ts";
import { tradedMarket } from "../support/wholeMarket.ts";
import type { WholeMarket } from "../support/wholeMarket.ts";

/**
 * `tacit verify --out FILE`: "what stands there is not checked again", with whatever circuit it was checked. A line does
 * not say against which: an audit without a circuit, or with one that was handed out together with a market's dishonest
 * verifier, counts as one with the circuit that the auditor has built since. This market's verifier takes any order.
 */
describe("tacit verify with a circuit of one's own, after an audit with another", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let command: MarketCommand;
  before(async () => {
    market = await tradedMarket();
    command = await commandOn(market);
  });
  after(async () => {
    command?.close();
    await market?.close();
  });

  it("compares the market's verifier with it", async () => {
    const { tacit, at } = command;
    const alone = await tacit("verify", "--all");
    expect([alone.code, alone.output.trim().split("\n").at(-1)]).to.deep.equal([1, "NOT VALID"]);

    const out = ["--out", at("audited.csv")];
    expect((await tacit("verify", "--all", ...out, "--circuit", (await anyOrderCircuit()).folder)).code).to.equal(0);
    const { code, output } = await tacit("verify", "--all", ...out);
    expect([code, output.trim().split("\n").at(-1)]).to.deep.equal([1, "NOT VALID"]);
  });
});
