import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { id, toBeHex } from "ethers";
import { auditedSubmissions } from "../../client/demo/observe.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { auditSubmission } from "../../client/sdk/roles/auditor.ts";
import { instant } from "../../client/sdk/format.ts";
import { anyOrderCircuit } from "../support/anyOrder.ts";
import { aboutLogs } from "../support/lyingNode.ts";
import type { Lie } from "../support/lyingNode.ts";
import { commandOn } from "../support/program.ts";
import { tradedMarket } from "../support/wholeMarket.ts";
import type { MarketVault, WholeMarket } from "../support/wholeMarket.ts";

const VERIFY_PROOF = "verifyProof(uint256[2],uint256[2][2],uint256[2],uint256[3])";
const selector = (signature: string): string => id(signature).slice(0, 10);

/**
 * A market of five epochs: both vaults trade in the first, the second misses the second, the third opens halted, a
 * third vault comes in the fourth and trades in none but the fifth, which is still open and where the second has not
 * submitted.
 */
describe("tacit verify over many epochs", function () {
  this.timeout(300_000);
  let market: WholeMarket;
  let [first, second, late]: MarketVault[] = [];
  let tell: Lie = (_method, _params, result) => result;
  let cli: Awaited<ReturnType<typeof commandOn>>;
  let proofsChecked = 0;

  before(async () => {
    market = await tradedMarket();
    [first, second] = market.vaults as [MarketVault, MarketVault];
    await market.openEpoch();
    await market.submit(first!);
    await market.finishEpoch();
    await market.step("halt", [], market.governance);
    await market.openEpoch();
    await market.submit(first!);
    await market.submit(second!);
    await market.closeEpoch();
    await market.passSeconds(Number((await market.chain.lens.config()).haltCoolDown));
    await market.step("resume", [], market.governance);
    await market.openEpoch();
    late = await market.addVault();
    await market.submit(first!);
    await market.submit(second!);
    await market.finishEpoch();
    await market.openEpoch();
    await market.submit(first!);
    await market.submit(late);
    cli = await commandOn(market, (method, params, result) => {
      const [call] = params as [{ data?: string }?];
      if (method === "eth_call" && call?.data?.startsWith(selector(VERIFY_PROOF)) === true) proofsChecked++;
      return tell(method, params, result);
    });
  });
  after(async () => {
    cli?.close();
    await market.close();
  });
  beforeEach(() => {
    tell = (_method, _params, result) => result;
    proofsChecked = 0;
  });

  const verify = async (...args: string[]) =>
    cli.tacit("verify", ...args, "--circuit", (await anyOrderCircuit()).folder);
  const json = async (...args: string[]) => {
    const { code, output, errors } = await verify(...args, "--json");
    return { code, errors, report: JSON.parse(output === "" ? "null" : output) as any };
  };

  it("says why there is nothing to check, each time in its own words, and ends with 3", async () => {
    const status = await market.chain.status();
    const cases: [string[], RegExp][] = [
      [[first!.address, "6"], /epoch 6 has not opened yet: the latest is 5/],
      [[first!.address, "4000000000"], /epoch 4000000000 has not opened yet: the latest is 5/],
      [[first!.address, "0"], /there is no epoch 0: they count from 1/],
      [[second!.address, "2"], /did not submit in epoch 2: it missed it/],
      [[late!.address, "3"], /was created in epoch 4: it is younger than epoch 3/],
      [[late!.address, "4"], /did not submit in epoch 4, in which it was created/],
      [
        [second!.address, "5"],
        new RegExp(`has not submitted in epoch 5 yet: submissions are taken until ${instant(status.deadlineAt)}`),
      ],
      [[market.local.deployment.cash, "1"], /is no vault of this market/],
      [["--from", "6", "--to", "9"], /epoch 9 has not opened yet|epoch 6 has not opened yet/],
      [["--from", "4", "--to", "2"], /no epoch lies from --from to --to/],
      [["--from", "2099-01-01"], /no epoch has opened since --from 2099-01-01: the latest was observed at/],
      [["--from", "soon"], /--from "soon" is no date/],
      [[late!.address, "--to", "3"], /submitted in epochs 1 to 3: there is nothing to check/],
    ];
    for (const [args, words] of cases) {
      const { code, output, errors } = await verify(...args);
      expect(errors, args.join(" ")).to.match(words);
      expect(errors.trim().split("\n")).to.have.length(1);
      expect([code, output], args.join(" ")).to.deep.equal([3, ""]);
    }
  });

  it("says that the deployment file names a wrong block, and calls no chain of commitments broken for it", async () => {
    const file = cli.at("tacit.json");
    const right = readFileSync(file, "utf8");
    const { deployBlock } = market.local.deployment;
    const head = await market.chain.provider.getBlockNumber();
    const second = (await market.chain.opened(2))!.blockNumber;
    try {
      for (const [block, words] of [
        [second, /from block \d+ on, which the deployment file names as deployBlock, epoch 1 does not open/],
        [head + 10, /was deployed in block \d+, the chain is at block \d+: correct deployBlock/],
      ] as const)
        for (const args of [[first!.address, "2"], ["--all"]]) {
          writeFileSync(file, right.replace(`"deployBlock": ${deployBlock}`, `"deployBlock": ${block}`));
          const { code, errors } = await verify(...args);
          expect(errors).to.match(words);
          expect(code).to.equal(3);
        }
      writeFileSync(file, right.replace(`"deployBlock": ${deployBlock}`, '"deployBlock": 0'));
      expect((await verify(first!.address, "2")).code, "too early a block is slower, and right").to.equal(0);
    } finally {
      writeFileSync(file, right);
    }
  });

  it("says first that a development key can be forged by anybody, unless the verifier says that it has none", async () => {
    const { output } = await verify(first!.address, "1");
    expect(output.split("\n")[0]).to.match(/^DEVELOPMENT KEY: its secret is public, so anybody can forge proofs/);
    expect(output.trim().split("\n").at(-1)).to.equal("everything holds, as far as a development key can tell");
    expect((await json(first!.address, "1")).report).to.include({ developmentKey: true, ok: true });
    const answers =
      (answer: string): Lie =>
      (method, params, result) =>
        method === "eth_call" && (params as [{ data?: string }])[0].data === selector("DEVELOPMENT_KEY()")
          ? answer
          : result;
    tell = answers(toBeHex(0, 32));
    const sound = (await verify(first!.address, "1")).output;
    expect(sound).to.not.contain("DEVELOPMENT KEY");
    expect(sound.trim().split("\n").at(-1)).to.equal("everything holds");
    // A verifier without the question counts as one that has one.
    tell = answers("0x");
    expect((await verify("--all")).output.split("\n")[0]).to.match(/^DEVELOPMENT KEY/);
    // On a chain that others use nobody can have deployed one by right.
    const abroad = new MarketChain(market.chain.provider, { ...market.local.deployment, chainId: 10 });
    const { checks } = await auditSubmission(abroad, first!.address, 1);
    expect(checks.find(({ claim }) => claim === "the proof's key is no development key")?.ok).to.equal(false);
  });

  it("says what there was nothing to check of: a halted epoch's nets, an open epoch's set", async () => {
    const halted = await verify(first!.address, "3");
    expect(halted.code, halted.errors).to.equal(0);
    expect(halted.output)
      .to.match(/ {2}-- {4}epoch 3 was opened halted and took no orders: there is no net to check/)
      .and.to.match(/ok +the frozen set is the submissions of the epoch/);
    const open = await verify(first!.address, "5");
    expect(open.output)
      .to.match(/ {2}-- {4}epoch 5 still takes submissions: their set is not frozen/)
      .and.not.to.contain("the frozen set is");
    const { report } = await json(first!.address, "5");
    expect(report).to.include({ final: false, ok: true });
    expect((await json(first!.address, "1")).report).to.deep.include({ final: true, notes: [] });
  });

  it("verifies a market in one command: every vault, halted, missed and open epochs named", async () => {
    const { code, report, errors } = await json("--all");
    expect(code, errors).to.equal(0);
    expect(report).to.deep.include({ ok: true, fromEpoch: 1, toEpoch: 5, haltedEpochs: [3], failedEpochs: [] });
    const of = (vault: MarketVault, submissions: number, missedEpochs: number[]) => ({
      vault: vault.address,
      submissions,
      failedEpochs: [],
      missedEpochs,
    });
    expect(report.vaults).to.deep.equal([of(first!, 5, []), of(second!, 3, [2]), of(late!, 1, [])]);
    expect(report.submissions).to.have.length(9);
    expect(report.submissions[0]).to.include({ epoch: 1, ok: true, halted: false, final: true });
    const { output } = await verify("--all");
    expect(output)
      .to.contain("epochs 1 to 5: 9 submissions of 3 vaults")
      .and.to.contain(`vault ${second!.address}  submitted 3, missed 1 (2)`)
      .and.to.contain("opened halted, so without orders and without nets to check: 3")
      .and.to.contain("2 are of an epoch that is not over");
  });

  it("verifies a vault's life, and epochs by number and by date", async () => {
    const life = await json(second!.address, "--all");
    expect(life.report.submissions.map(({ epoch }: { epoch: number }) => epoch)).to.deep.equal([1, 3, 4]);
    const some = await json("--from", "2", "--to", "3");
    expect(some.report.submissions.map(({ epoch }: { epoch: number }) => epoch)).to.deep.equal([2, 3, 3]);
    const [third, fourth] = await Promise.all([3, 4].map((epoch) => market.chain.opening(epoch)));
    const dated = await json("--from", instant(third!.observedAt), "--to", instant(fourth!.observedAt));
    expect(dated.report).to.include({ fromEpoch: 3, toEpoch: 3 });
  });

  it("fails where one submission fails, and shows that one's checks", async () => {
    const event = market.chain.market.interface.getEvent("Submitted")!;
    tell = aboutLogs(event.topicHash, (log) => {
      const { args } = market.chain.market.interface.parseLog(log)!;
      if (args["epoch"] !== 4n || args["vault"] !== second!.address) return log;
      const nav = event.inputs.findIndex(({ name }) => name === "nav");
      const changed = args.toArray(true).with(nav, (args["nav"] as bigint) + 1n);
      return { ...log, ...market.chain.market.interface.encodeEventLog(event, changed) };
    });
    const { code, output } = await verify("--all");
    expect(code).to.equal(1);
    expect(output)
      .to.contain(`vault ${second!.address}  submitted 3, missed 1 (2), FAILED 1 (4)`)
      .and.to.contain(`vault ${second!.address}, epoch 4, transaction 0x`)
      .and.to.match(/FAIL +h is the hash of the transcript/);
    expect(output.trim().split("\n").at(-1)).to.equal("NOT VALID");
    const { report } = await json("--all");
    expect(report.failedEpochs).to.deep.equal([4]);
    expect(report.vaults[1].failedEpochs).to.deep.equal([4]);
  });

  it("fails where a node hides all submissions of an epoch", async () => {
    const { topicHash } = market.chain.market.interface.getEvent("Submitted")!;
    tell = aboutLogs(topicHash, (log) =>
      market.chain.market.interface.parseLog(log)!.args["epoch"] === 2n ? undefined : log,
    );
    const { code, output } = await verify("--to", "2");
    expect(code).to.equal(1);
    expect(output)
      .to.match(/^epoch 2$/m)
      .and.to.match(/FAIL +the frozen set is the submissions of the epoch/);
  });

  it("writes a line each as it goes, and goes on where such a file ends", async () => {
    const file = cli.at("audit.csv");
    expect((await verify("--to", "3", "--out", file)).code).to.equal(0);
    expect(proofsChecked).to.equal(5);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines[0]).to.equal("market,epoch,vault,transactionHash,ok,halted,developmentKey,final,checks,failed");
    expect(lines).to.have.length(6);
    expect(lines[1]!.split(",").slice(0, 2)).to.deep.equal([market.local.deployment.market, "1"]);

    // A run that was killed: half a line is left, and one that failed.
    writeFileSync(file, `${lines.slice(0, -1).join("\n")}\n${lines.at(-1)!.slice(0, 60)}`);
    proofsChecked = 0;
    const { report } = await json("--all", "--out", file);
    expect(proofsChecked, "what is new").to.equal(9 - 4);
    expect(report.submissions).to.have.length(9);
    expect(readFileSync(file, "utf8").trim().split("\n")).to.have.length(10);

    // The open epoch's come again, as does what failed.
    const [head, row, ...others] = readFileSync(file, "utf8").trim().split("\n");
    writeFileSync(file, [head, row!.replace(",true,", ",false,"), ...others, ""].join("\n"));
    proofsChecked = 0;
    expect((await verify("--all", "--out", file)).code).to.equal(0);
    expect(proofsChecked).to.equal(2 + 1);
    expect(new Set(readFileSync(file, "utf8").trim().split("\n")).size).to.equal(10);
  });

  it("takes no file for its record that is none, or another market's", async () => {
    const other = cli.at("other.csv");
    writeFileSync(other, "time,close\n1,2\n");
    expect((await verify("--all", "--out", other)).errors).to.contain("is no record of tacit verify");
    expect(readFileSync(other, "utf8"), "left as it was").to.equal("time,close\n1,2\n");
    const foreign = cli.at("foreign.csv");
    await verify("--to", "1", "--out", foreign);
    writeFileSync(
      foreign,
      readFileSync(foreign, "utf8").replaceAll(market.local.deployment.market, market.local.deployment.desk),
    );
    appendFileSync(foreign, "");
    expect((await verify("--all", "--out", foreign)).errors).to.contain("is a record of another market");
    expect((await verify("--all", "--out", cli.at("no/such/folder.csv"))).errors).to.match(/can't write .*ENOENT/);
    expect(existsSync(cli.at("no"))).to.equal(false);
  });

  it("says what to type where it was typed otherwise", async () => {
    for (const [args, words] of [
      [[], /missing required argument 'epoch' \(or --all, or --from and --to\)/],
      [[first!.address], /missing required argument 'epoch'/],
      [[first!.address, "1", "--all"], /an epoch is one submission's/],
      [["--all", "--from", "2"], /--all is every epoch/],
    ] as [string[], RegExp][]) {
      const { code, errors } = await verify(...args);
      expect(errors).to.match(words);
      expect(code).to.equal(2);
    }
  });

  it("is what npm start counts, vaults of others included", async () => {
    const ours = [{ name: "vault-1", address: first!.address }];
    const audit = await auditedSubmissions(
      market.chain,
      ours,
      [1, 2, 3, 4].map((epoch) => ({ epoch })),
    );
    expect(audit).to.deep.include({ ok: true });
    expect(audit.detail).to.equal("7 audits of 2 vaults, 2 of them without an order because the market was halted");
  });
});
