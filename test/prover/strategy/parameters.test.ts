import { expect } from "chai";
import fc from "fast-check";
import {
  commitStrategy,
  formatStrategy,
  freshCommitment,
  parseStrategy,
  saltBehind,
  StrategyError,
  strategyNotes,
  strategyOpening,
  strategySchema,
  strategyWords,
} from "../../../prover/strategy/parameters.ts";
import type { StrategyParameters } from "../../../prover/strategy/parameters.ts";
import { HIDDEN, regimeOf, regimeScores } from "../../../prover/strategy/network.ts";
import { FIELD_ORDER } from "../../../prover/base/field.ts";
import type { Seed } from "../../../prover/crypto/randomness.ts";
import { arbitraryNetwork, arbitraryStrategy, small, standard, strategyOf } from "../../support/strategy.ts";

const SEED = new Uint8Array(32).fill(7) as Seed;
type Json = Record<string, unknown> & { regimes: Record<string, unknown>[]; network: Record<string, unknown> };
const file = (): Json => JSON.parse(formatStrategy(small, strategyOf(small))) as Json;
const refusal = (change: (file: Json) => void): string => {
  const changed = file();
  change(changed);
  try {
    parseStrategy(small, JSON.stringify(changed));
  } catch (error) {
    if (error instanceof StrategyError) return error.message;
    throw error;
  }
  return "";
};

describe("a strategy's parameters", () => {
  for (const profile of [small, standard]) {
    it(`survive their file (${profile.name})`, () => {
      fc.assert(
        fc.property(
          arbitraryStrategy(profile),
          (strategy) => void expect(parseStrategy(profile, formatStrategy(profile, strategy))).to.deep.equal(strategy),
        ),
        { numRuns: 50 },
      );
    });

    it(`fill nineteen words below the field's order (${profile.name})`, () => {
      fc.assert(
        fc.property(arbitraryStrategy(profile), (strategy) => {
          const words = strategyWords(strategy);
          expect(words.length).to.equal(19);
          expect(words.every((word) => word < FIELD_ORDER && word < 1n << 253n)).to.equal(true);
        }),
        { numRuns: 50 },
      );
    });
  }

  it("show in the words each by each: no two strategies share them", () => {
    // Every number of the file moved by one, one after the other.
    const base = strategyWords(strategyOf(small)).join();
    const seen = new Set([base]);
    let changed = 0;
    const visit = (value: unknown, set: (next: unknown) => void): void => {
      if (Array.isArray(value)) value.forEach((one, i) => visit(one, (next) => (value[i] = next)));
      else if (typeof value === "object" && value !== null)
        Object.entries(value).forEach(([key, one]) =>
          visit(one, (next) => ((value as Record<string, unknown>)[key] = next)),
        );
      else if (typeof value === "number") {
        for (const next of [value + 1, value - 1]) {
          set(next);
          try {
            seen.add(strategyWords(parseStrategy(small, JSON.stringify(root))).join());
            changed++;
            break;
          } catch (error) {
            if (!(error instanceof StrategyError)) throw error;
          }
        }
        set(value);
      }
    };
    const root = file();
    visit(root, () => {});
    expect(seen.size).to.equal(changed + 1);
    expect(changed).to.equal(144 + 16 + 4 * (4 + 3 * 2 + 5 + 4 * 2) + 4 + 2 + 3);
  });

  describe("are committed", () => {
    const [one, two] = fc.sample(arbitraryStrategy(small), { numRuns: 2, seed: 1 }) as [
      StrategyParameters,
      StrategyParameters,
    ];
    const ADA = { chainId: 31_337n, market: 1n, owner: 2n };
    const fresh = (published: Iterable<bigint> = [], who = ADA, seed = SEED, strategy = one): bigint =>
      freshCommitment(strategy, seed, who, new Set(published));

    it("to another number each time, by each owner, on each market and chain, under each seed: none says that two are one", () => {
      const published: bigint[] = [];
      for (let vault = 0; vault < 5; vault++) published.push(fresh(published));
      const all = [
        ...published,
        ...(["chainId", "market", "owner"] as const).map((part) => fresh([], { ...ADA, [part]: 77n })),
        fresh([], ADA, new Uint8Array(32).fill(8)),
        fresh([], ADA, SEED, two),
      ];
      expect(new Set(all).size).to.equal(all.length);
      expect(fresh(published.slice(1)), "the first that was not published").to.equal(published[0]);
    });

    it("so that seed and file find the salt behind each of them again, and nothing else does", () => {
      const published: bigint[] = [];
      for (let vault = 0; vault < 5; vault++) published.push(fresh(published));
      for (const commitment of published) {
        const salt = saltBehind(one, SEED, ADA, commitment)!;
        expect(commitStrategy(one, salt)).to.equal(commitment);
        expect(strategyOpening(one, salt)).to.deep.equal([...strategyWords(one), salt]);
      }
      const last = published.at(-1)!;
      expect(saltBehind(two, SEED, ADA, last)).to.equal(undefined);
      expect(saltBehind(one, new Uint8Array(32).fill(8), ADA, last)).to.equal(undefined);
      expect(saltBehind(one, SEED, { ...ADA, owner: 3n }, last)).to.equal(undefined);
    });

    it("256 times and no oftener, so that looking for a salt ends", () => {
      const everything = { has: () => true } as unknown as ReadonlySet<bigint>;
      expect(() => freshCommitment(one, SEED, ADA, everything)).to.throw(
        StrategyError,
        "256 times on this market; change any number of it",
      );
    });
  });

  describe("a file that is wrong says where and what to write", () => {
    it("for what is no JSON, another kind, another size", () => {
      expect(() => parseStrategy(small, "{")).to.throw(StrategyError, "not valid JSON");
      expect(refusal((f) => (f["kind"] = "constant-mix"))).to.equal('kind must be "tacit-strategy-1"');
      expect(refusal((f) => (f["profile"] = "standard"))).to.contain('profile must be "small"');
      expect(refusal((f) => (f["profile"] = "huge"))).to.equal(
        'profile must be "standard" or "small", the size of the market',
      );
    });

    it("for a field that lacks or is unknown", () => {
      expect(refusal((f) => delete f["rollDays"])).to.contain("lacks rollDays");
      expect(refusal((f) => (f.regimes[2]!["colour"] = 1))).to.match(
        /^regimes\[2\] has no field called "colour"; it takes .* and nothing else$/,
      );
      expect(refusal((f) => f.regimes.pop())).to.equal("regimes must be a list of 4");
    });

    it("for a number out of range, naming the range but never the number", () => {
      const message = refusal((f) => (f.regimes[1]!["speed"] = 12_345));
      expect(message).to.contain("regimes[1].speed must be a whole number from 0 to 128");
      expect(message).to.not.contain("12345");
      expect(refusal((f) => ((f.network["hidden"] as number[][])[3]![7] = 128))).to.contain(
        "network.hidden[3][7] must be a whole number from -128 to 127",
      );
      expect(refusal((f) => (f["viewsBps"] = [0, 0, 0, 1.5]))).to.contain("viewsBps[3]");
      expect(refusal((f) => (f["viewsBps"] = [0, 0, 0]))).to.equal("viewsBps must be a list of 4");
      expect(
        refusal((f) => (f["tradesOptions"] = [1, 0])),
        "groups of two have no options",
      ).to.contain("tradesOptions[0]");
    });
  });

  it("may name their schema, which is no part of the strategy", () => {
    const strategy = strategyOf(small);
    const text = formatStrategy(small, strategy, { schema: "./strategy-small.schema.json" });
    expect(JSON.parse(text)).to.have.property("$schema", "./strategy-small.schema.json");
    expect(parseStrategy(small, text)).to.deep.equal(strategy);
    expect(refusal((f) => (f["$schema"] = 1))).to.equal("$schema must be a string, the place of the file's schema");
    expect(refusal((f) => (f.regimes[0]!["$schema"] = "x"))).to.contain('no field called "$schema"');
    expect((strategySchema(small) as { properties: object }).properties).to.have.property("$schema");
  });

  it("note beside the network which hours it was fitted to, which is no part of the strategy either", () => {
    const strategy = strategyOf(small);
    const trainedOn = { prices: "recorded", from: "2021-01-01T00:00Z", to: "2021-12-31T23:00Z" };
    const text = formatStrategy(small, strategy, { trainedOn });
    expect(parseStrategy(small, text)).to.deep.equal(strategy);
    expect(strategyNotes(text)).to.deep.equal({ trainedOn });
    expect(strategyNotes(formatStrategy(small, strategy))).to.deep.equal({});
    for (const wrong of ["2021", { ...trainedOn, to: "2021" }, { prices: "recorded" }, null])
      expect(() => strategyNotes(formatStrategy(small, strategy, { trainedOn: wrong as never }))).to.throw(
        StrategyError,
        "network.$trainedOn must have the prices, from and to that tacit strategy train has written",
      );
    expect(refusal((f) => (f["$trainedOn"] = trainedOn))).to.contain('no field called "$trainedOn"');
  });

  it("have a schema with the same fields and ranges", () => {
    const schema = strategySchema(small) as {
      required: string[];
      properties: Record<string, { minimum?: number; maximum?: number }>;
    };
    expect([...schema.required].sort()).to.deep.equal(Object.keys(file()).sort());
    expect(schema.properties["defencePace"]).to.include({ minimum: 1, maximum: 128 });
  });
});

describe("the regime network", () => {
  it("keeps its sums in the widths that the circuit ranges", () => {
    const largest = {
      hidden: Array.from({ length: HIDDEN }, () => Array<bigint>(8).fill(-128n)),
      hiddenBias: Array<bigint>(HIDDEN).fill(16_383n),
      output: Array.from({ length: 4 }, () => Array<bigint>(HIDDEN).fill(-128n)),
      outputBias: Array<bigint>(4).fill(-16_383n),
    };
    const scores = regimeScores(largest, Array<bigint>(8).fill(-2_047n));
    expect(scores.every((z) => z > -(1n << 29n))).to.equal(true);
  });

  it("gives the first of equal scores", () => {
    expect(regimeOf([3n, 3n, 3n, 3n])).to.equal(0);
    expect(regimeOf([1n, 3n, 3n, 2n])).to.equal(1);
    expect(regimeOf([-4n, -4n, -4n, -3n])).to.equal(3);
  });

  it("is the floating-point network up to the rounding of its hidden layer", () => {
    fc.assert(
      fc.property(
        arbitraryNetwork(),
        fc.array(fc.integer({ min: -2_047, max: 2_047 }), { minLength: 8, maxLength: 8 }),
        (network, features) => {
          const found = regimeScores(network, features.map(BigInt));
          const hidden = network.hidden.map(
            (row, j) =>
              Math.max(
                0,
                row.reduce((a, w, k) => a + Number(w) * features[k]!, Number(network.hiddenBias[j]!) * 32),
              ) / 16,
          );
          network.output.forEach((row, r) => {
            const float = row.reduce((a, w, j) => a + Number(w) * hidden[j]!, Number(network.outputBias[r]!) * 64);
            expect(Math.abs(float - Number(found[r]!))).to.be.below(128 * HIDDEN);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
