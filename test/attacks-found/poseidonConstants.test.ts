import { expect } from "chai";
import { deploy } from "../../client/deploy/artifacts.ts";
import { marketAddressAfter, prepareMarket, storeWords } from "../../client/deploy/market.ts";
import { genesisBook, bookWords, genesisCommitment } from "../../prover/book/book.ts";
import { FIELD_ORDER } from "../../circuits/format.ts";
import { poseidonConstants } from "../../prover/index.ts";
import { profiles } from "../../prover/format/profile.ts";
import { deployMarket } from "../support/market.ts";

const profile = profiles.small;
const mod = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
const power = (base: bigint, exponent: bigint): bigint => {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
};
const inverse = (value: bigint): bigint => power(value, FIELD_ORDER - 2n);
/** x with x^5 = value: 5 does not divide r − 1. */
const fifthRoot = (value: bigint): bigint => {
  let exponent = 1n;
  while ((exponent * (FIELD_ORDER - 1n) + 1n) % 5n !== 0n) exponent++;
  return power(value, (exponent * (FIELD_ORDER - 1n) + 1n) / 5n);
};

/** The state before the last round's constants are added, as contracts/curve/Poseidon.sol goes. */
function beforeLastRound(constants: readonly bigint[], inputs: readonly bigint[]): bigint[] {
  const t = inputs.length + 1;
  const rounds = constants.length / t - t;
  let state = [0n, ...inputs];
  for (let round = 0; round < rounds - 1; round++) {
    const full = round < 4 || round >= rounds - 4;
    const raised = state.map((value, i) => {
      const sum = mod(value + constants[round * t + i]!);
      return full || i === 0 ? power(sum, 5n) : sum;
    });
    state = raised.map((_, i) =>
      mod(raised.reduce((sum, value, j) => sum + constants[(rounds + i) * t + j]! * value, 0n)),
    );
  }
  return state;
}

/** Other constants that hash the empty book, and hardly another one, to what the right ones do. */
function forged(): bigint[] {
  const constants = [...poseidonConstants(profile.bookWords)].map(BigInt);
  const inputs = bookWords(genesisBook(profile.slots)).map(BigInt);
  const t = inputs.length + 1;
  const rounds = constants.length / t - t;
  constants[0] = mod(constants[0]! + 1n);
  const state = beforeLastRound(constants, inputs);
  const last = (rounds - 1) * t;
  const row = constants.slice(rounds * t, rounds * t + t);
  const rest = state.reduce(
    (sum, value, j) => (j === 0 ? sum : sum + row[j]! * power(value + constants[last + j]!, 5n)),
    0n,
  );
  const wanted = mod((BigInt(genesisCommitment(profile)) - rest) * inverse(row[0]!));
  constants[last] = mod(fifthRoot(wanted) - state[0]!);
  return constants;
}

describe("A market's Poseidon constants", () => {
  it("are refused if they are others that hash the empty book right: no book of a recovering vault would ever open", async () => {
    const { governor, authority, cash, oracle, committee, verifiers, config, ethers } = await deployMarket({
      slots: [],
      acceptAll: true,
    });
    const prepared = await prepareMarket(governor, profile);
    const constants = await storeWords(governor, forged());
    const at = await marketAddressAfter(governor, 0);
    const desk = await deploy(governor, prepared.desk, authority.target, at, cash.target, verifiers.target, config);
    const parts = [authority, desk, oracle, committee, verifiers, constants, config];
    const { abi, bytecode } = prepared.market;
    await expect(new ethers.ContractFactory(abi as any, bytecode, governor).deploy(...parts)).to.be.revert(ethers);
  });
});
