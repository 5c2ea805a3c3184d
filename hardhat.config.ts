import { createRequire } from "node:module";
import hardhatEthers from "@nomicfoundation/hardhat-ethers";
import hardhatEthersChaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

/** Contracts that count what of them runs are larger than they are: .ci/coverage.ts. */
const isCounting = process.env.TACIT_COVERAGE !== undefined;

/** Test files at a time, each in a process of its own; .ci/test.ts says how many. */
const jobs = Number(process.env.TACIT_TEST_JOBS ?? 1);

/** The compiler is the npm package, pinned by package-lock.json: nothing is fetched at build time. */
const solc = (runs: number) => ({
  version: "0.8.37",
  path: require.resolve("solc/soljson.js"),
  settings: { optimizer: { enabled: true, runs }, viaIR: true, evmVersion: "cancun" },
});

const optimizedFor = (runs: number, files: readonly string[]) =>
  Object.fromEntries(files.map((file) => [`contracts/${file}.sol`, solc(runs)]));

export default defineConfig({
  plugins: [hardhatEthers, hardhatEthersChaiMatchers, hardhatMocha, hardhatNetworkHelpers],
  solidity: {
    // The size of a contract is what is short: more runs would save a fraction of a per cent of the gas.
    compilers: [solc(200)],
    // The curve's arithmetic and Poseidon's go round and round: there they save an eighth.
    overrides: optimizedFor(10_000, [
      "market/Batch",
      "market/Books",
      "registry/CommitteeRegistry",
      "test/CurveHarness",
    ]),
  },
  paths: {
    sources: "./contracts",
    tests: "./test",
    cache: "./cache",
    artifacts: "./artifacts",
  },
  networks: {
    // The chain that tests, the demo and the bench run on. Its contract-size limit is the real one.
    default: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: 31337,
      hardfork: "cancun",
      allowUnlimitedContractSize: isCounting,
      // An estimate is for the second it is made in, and a transaction a second later may write one word more.
      gasMultiplier: 2,
    },
  },
  test: {
    mocha: {
      // A proof at the standard size takes seconds, a key takes minutes.
      timeout: 600_000,
      slow: 10_000,
      reporter: require.resolve("./.ci/reporter.cjs"),
      ...(jobs > 1 && { parallel: true, jobs, require: [require.resolve("./.ci/worker.mjs")] }),
    },
  },
});
