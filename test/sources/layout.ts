/**
 * What may import what. `imports.test.ts` holds the sources to it, and `picture.ts` draws it with the imports as they
 * are.
 *
 * A part of the product has rows of boxes, the lowest first. A box is one or more paths of the part: folders end in
 * `/`. A file imports from its own box and from lower rows: never from a higher one (upward), never from its own
 * (sideways). From outside a part only its doors are open. What is in no part (`test/`, `bench/`, settings) may import
 * everything; no part imports it.
 */
export interface Part {
  readonly folder: string;
  /** The parts below it. */
  readonly uses: readonly string[];
  readonly doors: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const PARTS: readonly Part[] = [
  {
    folder: "contracts",
    uses: [],
    doors: [],
    rows: [
      ["interfaces/"],
      ["format/"],
      ["curve/", "governance/"],
      ["registry/", "vault/", "venues/", "local/"],
      ["desk/", "market/"],
      ["oracle/", "Market.sol", "Desk.sol"],
      ["Lens.sol"],
      ["test/"],
    ],
  },
  {
    folder: "circuits",
    uses: [],
    doors: [
      "format.ts",
      "format/layout.ts",
      "format/generators.ts",
      "format/poseidon.ts",
      "manifest.ts",
      "artifacts.ts",
      "keys.ts",
      "build/verifier.ts",
      // The demo starts it as a program.
      "build.ts",
    ],
    rows: [
      ["errors.ts types/", "format.ts", "lib/"],
      ["format/", "manifest.ts", "strategy/"],
      ["build/ artifacts.ts keys.ts", "writeFormat.ts", "rebalance.circom"],
      ["ceremony/"],
      ["build.ts", "ceremony.ts"],
    ],
  },
  {
    folder: "prover",
    uses: ["circuits"],
    // The base of errors by itself: a command that only prints its help loads nothing of the prover.
    doors: ["index.ts", "node.ts", "base/codedError.ts"],
    rows: [
      ["base/"],
      ["crypto/"],
      ["format/"],
      ["book/"],
      ["surface/"],
      ["data/"],
      ["snapshot/"],
      ["strategy/"],
      ["regime/"],
      ["committee/"],
      ["submission/"],
      ["proving/"],
      ["backtest/"],
      ["node/"],
      ["index.ts", "node.ts"],
    ],
  },
  {
    folder: "client",
    uses: ["prover", "circuits"],
    doors: [],
    rows: [["sdk/"], ["node/"], ["deploy/"], ["cli/"], ["demo/"]],
  },
];

/** These load files of packages, or name files that they write, by paths they put together: no rule can follow them. */
export const LOADERS: readonly string[] = [
  "circuits/build/paths.ts",
  "client/cli/tacit.mjs",
  "client/deploy/artifacts.ts",
  "client/deploy/generateAbi.ts",
  "client/node/vaultCode.ts",
];

/** These run where TypeScript can't: on an old Node, in a test runner's process, in a page as it is. */
export const OTHER_SCRIPTS: readonly string[] = [
  ".ci/bootstrap.mjs",
  ".ci/reporter.cjs",
  ".ci/worker.mjs",
  "client/cli/tacit.mjs",
  "client/cli/text/drawCharts.js",
];
