import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { DEMO_MANDATE } from "../../client/demo/plan.ts";
import { formatStrategy, profiles, strategyTemplate } from "../../prover/index.ts";
import { commandOn } from "../support/program.ts";
import type { MarketCommand } from "../support/program.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

const { small } = profiles;

/**
 * `tacit vault create` refuses a strategy whose regime network everybody knows. A vault that was created with one of its
 * own is moved to a known one by `tacit vault set-strategy` without a word.
 */
describe("A strategy with a network that everybody knows", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let command: MarketCommand;
  before(async () => {
    market = await WholeMarket.open();
    command = await commandOn(market);
  });
  after(async () => {
    command.close();
    await market.close();
  });

  it("is refused for a vault that exists as for a new one", async () => {
    const { at, answer, tacit } = command;
    const known = strategyTemplate(small, "regime-allocator");
    const { network } = known;
    const own = { ...known, network: { ...network, outputBias: network.outputBias.map((_, i) => BigInt(i) as never) } };
    for (const [name, strategy] of Object.entries({ own, known }))
      writeFileSync(at(`${name}.json`), formatStrategy(small, strategy), { mode: 0o600 });
    writeFileSync(at("mandate.json"), JSON.stringify(DEMO_MANDATE));
    const state = ["--state", at("owner")];
    await answer("local", "fund", ...state);
    await answer("local", "approve", ...state);
    const create = ["vault", "create", ...state, "--mandate", at("mandate.json"), "--strategy"];
    expect((await tacit(...create, at("known.json"))).errors, "as it should be").to.match(/network is untrained/);
    const { vault } = (await answer(...create, at("own.json"))) as { vault: string };

    const { code, errors } = await tacit("vault", "set-strategy", vault, ...state, "--strategy", at("known.json"));
    expect(errors).to.match(/network is untrained/);
    expect(code).to.equal(1);
  });
});
