import { readFileSync } from "node:fs";
import { expect } from "chai";
import hre from "hardhat";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { contractArtifact, deployContract } from "../../client/deploy/artifacts.ts";
import { genesisCommitment } from "../../prover/book/book.ts";
import { profiles } from "../../prover/format/profile.ts";
import { InstalledProject } from "../support/installed.ts";
import { serveLyingNode } from "../support/lyingNode.ts";

describe("The package, installed from its tarball into an empty project", function () {
  this.timeout(300_000);
  let project: InstalledProject;
  before(() => {
    project = new InstalledProject();
  });
  after(() => project.remove());

  it("holds JavaScript and declarations, and no source, test or circuit", () => {
    const others = project.files.filter((path) => !/^dist\/(client|prover|circuits)\/.*(\.js|\.d\.ts)$/.test(path));
    expect(others.filter((path) => path !== "LICENSE" && path !== "CHANGELOG.md").toSorted()).to.deep.equal([
      "README.md",
      "artifacts/contracts/vault/Vault.sol/Vault.json",
      "client/cli/tacit.mjs",
      "package.json",
    ]);
  });

  it("reads a chain, keeps keys and commits to a book from plain JavaScript", async () => {
    const connection = await hre.network.connect();
    const [signer] = await connection.ethers.getSigners();
    const token = await deployContract(signer!, "TestToken", "Token", "T", 6);
    await (await token.mint(signer!.address, 5_000_000n)).wait();
    const node = await serveLyingNode(connection.provider as never, (_method, _params, result) => result);
    project.write(
      "plain.js",
      `import { JsonRpcProvider } from "ethers";
import { contractAt, interfaceOf, LogSource, TacitError, toJson } from "tacit-vaults";
import { StateFolder, vaultCode } from "tacit-vaults/node";
import { commitBook, genesisBook, profiles } from "tacit-vaults/prover";

const [url, address, holder] = process.argv.slice(2);
const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true });
const token = contractAt("IERC20", address, provider);
const topics = [interfaceOf("IERC20").getEvent("Transfer").topicHash];
console.log(toJson({
  balance: await token.balanceOf(holder),
  transfers: (await new LogSource(provider).logs({ address, topics }, { fromBlock: 0 })).length,
  book: commitBook(genesisBook(profiles.small.slots)),
  account: new StateFolder("me").wallet().address.length,
  vaultCode: vaultCode().length,
  isError: new TacitError("CODE", "why") instanceof Error,
}));
provider.destroy();
`,
    );
    try {
      expect(JSON.parse(await project.node("plain.js", node.url, String(token.target), signer!.address))).to.deep.equal(
        {
          balance: "5000000",
          transfers: 1,
          book: String(genesisCommitment(profiles.small)),
          account: 42,
          vaultCode: contractArtifact("Vault").bytecode.length,
          isError: true,
        },
      );
    } finally {
      node.close();
      await connection.close();
    }
  });

  it("proves with circuit files that it is given, in a process of its own", async () => {
    const { wasm, zkey, verificationKey } = loadArtifacts("small", "rebalance");
    project.write(
      "prove.js",
      `import { openProvingBackend } from "tacit-vaults/prover/node";
const backend = openProvingBackend(${JSON.stringify({ wasm, zkey, verificationKey })});
console.log(await backend.prove({ nothing: 1n }).catch(({ code }) => code));
await backend.close();
`,
    );
    expect(await project.node("prove.js")).to.equal("inputs\n");
  });

  it("is the tacit command", async () => {
    const tacit = "node_modules/tacit-vaults/client/cli/tacit.mjs";
    expect(await project.node(tacit, "--version")).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(await project.node(tacit, "strategy", "new", "--out", "strategy.json")).to.match(
      /^strategy {2}strategy.json/,
    );
    const days = ["--from", "2024-02-01", "--to", "2024-02-03"];
    await project.node(tacit, "backtest", "--strategy", "strategy.json", ...days);
    expect(readFileSync(project.at("backtest.html"), "utf8"), "the page brings along what draws it")
      .to.contain("new uPlot(")
      .and.to.contain("u-legend");
  });

  it("compiles in strict TypeScript that looks into every declaration, and refuses what a contract doesn't have", () => {
    project.write(
      "tsconfig.json",
      JSON.stringify({
        compilerOptions: {
          target: "es2024",
          lib: ["es2024"],
          module: "nodenext",
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          preserveSymlinks: true,
          noEmit: true,
          types: [],
        },
        include: ["*.ts"],
      }),
    );
    project.write(
      "typed.ts",
      `import { Depositor, MarketChain, sendStep } from "tacit-vaults";
import type { AuditReport, Deployment, PartyState } from "tacit-vaults";
import { booksIn, StateFolder } from "tacit-vaults/node";
import { profiles } from "tacit-vaults/prover";
import type { Book } from "tacit-vaults/prover";
import { openPrivateBooks } from "tacit-vaults/prover/node";
import type { Signer } from "ethers";

export const state: PartyState = new StateFolder("me");
export const slots: number = profiles.standard.slots;
export const parts = [booksIn, openPrivateBooks, Depositor] as const;
export type Parts = [AuditReport, Deployment, Book];
export async function read(chain: MarketChain, signer: Signer): Promise<[bigint, string, bigint]> {
  const { number } = await chain.market.epochState();
  const opened = await chain.events(chain.market, "EpochOpened", { epoch: 1n });
  await sendStep(chain.market.connect(signer), "close", []);
  // @ts-expect-error: the market has no such view
  await chain.market.epochStates();
  // @ts-expect-error: nor such a step
  await sendStep(chain.market, "shut", []);
  // @ts-expect-error: a vault is named by its address
  await chain.desk.owedMicroUsd(true);
  // @ts-expect-error: nor is it indexed by that
  await chain.events(chain.market, "EpochOpened", { halted: true });
  return [number, opened[0]!.args.snapshotPointer, await chain.desk.insuranceMicroUsd()];
}
`,
    );
    expect(project.typeCheck()).to.equal("");
  });
});
