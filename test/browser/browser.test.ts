import { expect } from "chai";
import { build, type BuildResult } from "esbuild";
import type { Browser, Page as Tab } from "playwright-core";
import { type CircuitArtifacts, loadArtifacts } from "../../circuits/artifacts.ts";
import { interfaceOf } from "../../client/sdk/chain/contract.ts";
import { commitBook } from "../../prover/book/book.ts";
import { profiles } from "../../prover/format/profile.ts";
import { openProvingBackend } from "../../prover/node/proving/backend.ts";
import type { Proven } from "../../prover/proving/port.ts";
import { type BuiltSubmission, buildSubmission } from "../../prover/submission/witness.ts";
import { randomScenario } from "../support/scenario.ts";
import { openBrowser } from "./chromium.ts";
import type { Page } from "./page.ts";

/** The prover and the SDK as a web page bundles them, in a browser: nothing stands in for what only Node has. */
describe("In a browser", function () {
  let artifacts: CircuitArtifacts;
  let bundle: BuildResult<{ write: false; metafile: true }>;
  let browser: Browser;
  let tab: Tab;
  let built: BuiltSubmission;
  let proven: Proven;

  before(async () => {
    artifacts = loadArtifacts("small", "rebalance");
    bundle = await build({
      entryPoints: ["test/browser/page.ts"],
      bundle: true,
      platform: "browser",
      format: "iife",
      target: "es2022",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    built = buildSubmission(randomScenario(profiles.small, 1, "inside").request);
    const backend = openProvingBackend(artifacts);
    proven = await backend.prove(built.inputs).finally(() => backend.close());
    browser = await openBrowser();
    tab = await browser.newPage();
    await tab.addScriptTag({ content: bundle.outputFiles[0]!.text });
  });

  after(() => browser?.close());

  /** The page's function of that name, called in the browser. */
  const inPage = <Name extends keyof Page>(
    name: Name,
    ...args: Parameters<Page[Name]>
  ): Promise<ReturnType<Page[Name]>> =>
    tab.evaluate(
      ([name, args]) => {
        const { page } = globalThis as unknown as { page: Record<string, (...args: unknown[]) => unknown> };
        return page[name as string]!(...(args as unknown[]));
      },
      [name, args] as const,
    ) as Promise<ReturnType<Page[Name]>>;

  it("the core bundles without Node, shims or anything left outside", () => {
    expect(bundle.warnings).to.deep.equal([]);
    const { imports } = Object.values(bundle.metafile.outputs)[0]!;
    expect(imports.filter(({ external }) => external)).to.deep.equal([]);
  });

  it("reads a transcript and hashes it to the signals its proof has", async () => {
    const { epoch, signals } = await inPage("readTranscript", "small", built.words);
    expect(epoch).to.equal(built.words[3]);
    expect(signals).to.deep.equal(proven.signals);
  });

  it("verifies a real proof, and no other statement by it", async () => {
    const key = artifacts.verificationKey;
    const signals = [...proven.signals];
    expect(await inPage("verifies", key, signals, proven.proof)).to.equal(true);
    for (const i of [0, 1, 2]) {
      expect(await inPage("verifies", key, signals.with(i, signals[i]! + 1n), proven.proof)).to.equal(false);
    }
    const { a, b, c } = proven.proof;
    expect(await inPage("verifies", key, signals, { a: c, b, c: a })).to.equal(false);
  });

  it("asks a market's contracts through the SDK as anybody else", async () => {
    const [selector, names] = await inPage("askMarket", "vaultState");
    expect(selector).to.equal(interfaceOf("Market").getFunction("vaultState")!.selector);
    expect(names).to.include.members(["MarketChain", "Owner", "Depositor", "auditSubmission"]);
  });

  it("commits a book to the same word", async () => {
    expect(await inPage("commit", built.newBook)).to.equal(commitBook(built.newBook));
    expect(commitBook(built.newBook)).to.equal(built.submission.newCommitment);
  });
});
