import { expect } from "chai";
import { randomStream } from "../../../prover/data/model.ts";
import { drawStrategy } from "../../../prover/strategy/draw.ts";
import { formatStrategy, parseStrategy } from "../../../prover/strategy/parameters.ts";
import { networkOrigin, strategyLeak, takenByNets } from "../../../prover/strategy/leak.ts";
import { outsideMandate, strategyTemplate, TEMPLATES } from "../../../prover/strategy/templates.ts";
import { WIDE_MANDATE } from "../../../prover/backtest/run.ts";
import { DEMO_MANDATE } from "../../../client/demo/plan.ts";
import { limitsOf } from "../../../client/node/files.ts";
import { standard } from "../../support/strategy.ts";

const DRAWS = 200;
const drawsOf = (name: (typeof TEMPLATES)[number]) => {
  const { uniform } = randomStream("test", name);
  return Array.from({ length: DRAWS }, () => drawStrategy(standard, strategyTemplate(standard, name), uniform));
};

describe("a strategy drawn from a template", () => {
  for (const name of TEMPLATES) {
    it(`has numbers of its own, which a file and the mandates of markets take: ${name}`, () => {
      const drawn = drawsOf(name);
      for (const strategy of drawn) {
        expect(parseStrategy(standard, formatStrategy(standard, strategy))).to.deep.equal(strategy);
        expect(outsideMandate(standard, strategy, WIDE_MANDATE)).to.deep.equal([]);
        expect(outsideMandate(standard, strategy, limitsOf(DEMO_MANDATE))).to.deep.equal([]);
      }
      expect(new Set(drawn.map((strategy) => formatStrategy(standard, strategy))).size).to.equal(DRAWS);
      const known = drawn.map((strategy) => strategyLeak(standard, strategy, {}));
      const share = known.reduce((sum, { asInTemplate, numbers }) => sum + asInTemplate / numbers, 0) / DRAWS;
      expect(share).to.be.below(0.2);
    });
  }

  it("favours assets differently but holds no more than the template, and leaves cash beyond its bands", () => {
    const template = strategyTemplate(standard, "regime-allocator");
    const weightsOf = ({ regimes }: typeof template): number[] => regimes[0]!.weightBps.map(Number);
    const most = weightsOf(template).reduce((a, b) => a + b);
    for (const strategy of drawsOf("regime-allocator")) {
      const weights = weightsOf(strategy);
      const total = weights.reduce((a, b) => a + b);
      const bands = weights.reduce(
        (sum, weight, slot) =>
          weight === 0 ? sum : sum + Number(strategy.regimes[0]!.weightBandBps[Math.floor(slot / standard.groupSlots)]),
        0,
      );
      expect(total).to.be.within(most / 2, most + 4);
      expect(total + bands).to.be.at.most(9_704);
      weights.forEach((weight, slot) => expect(weight > 0).to.equal(weightsOf(template)[slot]! > 0));
    }
  });

  it("gives each regime less than the calmer one in the mean, and stays the same in all regimes where the template does", () => {
    const total = (strategy: ReturnType<typeof drawStrategy>, regime: number): number =>
      strategy.regimes[regime]!.weightBps.map(Number).reduce((a, b) => a + b);
    const allocators = drawsOf("regime-allocator");
    const mean = (regime: number): number => allocators.reduce((sum, one) => sum + total(one, regime), 0);
    for (const regime of [1, 2, 3]) expect(mean(regime)).to.be.below(mean(regime - 1));
    for (const strategy of drawsOf("delta-neutral"))
      for (const table of strategy.regimes) expect(table).to.deep.equal(strategy.regimes[0]);
  });
});

describe("what a strategy gives away", () => {
  it("is all of a template's numbers, and of numbers that people type the round ones", () => {
    const template = strategyTemplate(standard, "regime-allocator");
    const plain = strategyLeak(standard, template, {});
    expect(plain).to.include({ template: "regime-allocator", round: 0, network: "untrained", held: 4 });
    expect(plain.asInTemplate).to.equal(plain.numbers);
    const typed = {
      ...template,
      regimes: template.regimes.map((table) => ({ ...table, speed: 80n, sleeveBps: 1_237n })),
    };
    const { asInTemplate, round } = strategyLeak(standard, typed, {});
    expect([plain.numbers - asInTemplate, round]).to.deep.equal([4, 4]);
  });

  it("is a network that anybody can train again, which the file tells by its seed", () => {
    const template = strategyTemplate(standard, "regime-allocator");
    const trained = { ...template, network: { ...template.network, outputBias: [0n, 1n, 0n, 0n] } };
    const trainedOn = { prices: "recorded", from: "2021-01-01T00:00Z", to: "2021-06-01T00:00Z" };
    expect(networkOrigin(template, { trainedOn })).to.equal("untrained");
    expect(networkOrigin(trained, { trainedOn })).to.equal("own");
    expect(networkOrigin(trained, { trainedOn: { ...trainedOn, seed: "1" } })).to.equal("reproducible");
  });

  it("is to nets a vault's part in the squares of all", () => {
    expect(takenByNets(1n, [])).to.equal(1);
    expect(takenByNets(5n, [5n, 5n, 5n])).to.equal(0.25);
    expect(takenByNets(2n, [1n, 0n, -7n])).to.equal(0.8);
    expect(takenByNets(0n, [])).to.equal(1);
  });
});
