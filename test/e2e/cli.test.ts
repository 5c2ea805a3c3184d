import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { contractAt } from "../../client/sdk/chain/contract.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { demoStrategy, DEMO_MANDATE } from "../../client/demo/plan.ts";
import { formatStrategy, profiles } from "../../prover/index.ts";
import { narrowNode } from "../support/narrowNode.ts";
import { CLI, commandOn, runProgram } from "../support/program.ts";
import type { MarketCommand } from "../support/program.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/** What somebody new types, on a market that others run. */
describe("The tacit command, by a newcomer", function () {
  this.timeout(600_000);
  let market: WholeMarket;
  let command: MarketCommand;
  let vault: string;
  let at: MarketCommand["at"];
  let tacit: MarketCommand["tacit"];
  let answer: MarketCommand["answer"];
  let refusal: MarketCommand["refusal"];
  before(async () => {
    market = await WholeMarket.open();
    command = await commandOn(market);
    ({ at, tacit, answer, refusal } = command);
    writeFileSync(at("strategy.json"), formatStrategy(profiles.small, demoStrategy("small", 2)), { mode: 0o600 });
    writeFileSync(at("mandate.json"), JSON.stringify(DEMO_MANDATE));
  });
  after(async () => {
    command.close();
    await market.close();
  });

  const create = (...more: string[]): string[] => [
    "vault",
    "create",
    "--state",
    at("owner"),
    "--strategy",
    at("strategy.json"),
    "--mandate",
    at("mandate.json"),
    "--any-network",
    ...more,
  ];

  it("creates a vault once governance has approved the account, and not before", async () => {
    await answer("local", "fund", "--state", at("owner"));
    expect(await refusal(...create())).to.match(/tacit local approve/);
    await answer("local", "approve", "--state", at("owner"));
    ({ vault } = (await answer(...create())) as { vault: string });
    expect(await market.chain.vaults()).to.deep.equal([vault]);
    expect(await refusal(...create()), "one approval, one vault").to.match(/tacit local approve/);
    await answer("local", "approve", "--state", at("owner"));
    expect(await refusal(...create("--dealing-interval", "2", "--dealing-offset", "5"))).to.match(
      /BadSchedule\(2, 5\)/,
    );
    chmodSync(at("strategy.json"), 0o644);
    expect(await refusal(...create())).to.match(/strategy\.json can be read by others: run chmod 600 on it/);
    chmodSync(at("strategy.json"), 0o600);
    expect(await refusal(...create("--change-delay", "100"))).to.match(
      /an epoch of this market may take (\d+) s: with a dealing every 6 epochs --change-delay is at least \d+/,
    );
    expect(await refusal("local", "fund", "--state", "/proc/tacit/me")).to.match(
      /no folder can be made at .*: name another/,
    );
  });

  it("funds a depositor, takes the deposit into the queue, and refuses what the account doesn't have", async () => {
    const me = ["--state", at("depositor")];
    await answer("local", "fund", "--dollars", "2500.5", ...me);
    expect(await answer("account", vault, ...me)).to.include({ cashMicroUsd: "2500500000", shareUnits: "0" });
    expect((await tacit("claim", vault, ...me)).output).to.match(/nothing to claim, and nothing has been asked for/);
    expect(await answer("deposit", vault, "2000", ...me)).to.include({
      requestedMicroUsd: "2000000000",
      dealtFromEpoch: 1,
    });
    expect(await answer("account", vault, ...me)).to.include({
      cashMicroUsd: "500500000",
      pendingDepositMicroUsd: "2000000000",
    });
    expect(await refusal("deposit", vault, "501", ...me)).to.match(/lower the amount/);
    expect(await refusal("redeem", vault, ...me)).to.match(/holds no shares/);
    expect(await refusal("redeem", vault, "5", ...me)).to.match(/holds 0 shares and asked to redeem 5 shares/);
    expect((await tacit("claim", vault, ...me)).output).to.match(
      /nothing to claim yet: what was asked is dealt in epoch 1 at the earliest, and it is epoch 0/,
    );
  });

  it("shows any account without a key, and makes none for a folder that is misspelt", async () => {
    const made = await runProgram(CLI, ["key", "--state", at("depositor"), "--json"]);
    const { account: own, keep } = JSON.parse(made.output) as { account: string; keep: string[] };
    expect(keep).to.deep.equal([at("depositor/seed")]);
    expect(await answer("account", vault, "--address", own)).to.deep.equal(
      await answer("account", vault, "--state", at("depositor")),
    );
    expect(await refusal("account", vault)).to.match(/name whose account/);
    for (const args of [
      ["account", vault],
      ["deposit", vault, "1"],
      ["claim", vault],
      ["redeem", vault],
      ["bond", "post", vault, "1"],
    ])
      expect(await refusal(...args, "--state", at("depositr"))).to.match(
        /there is no state folder .*depositr: name the one/,
      );
    expect(existsSync(at("depositr"))).to.equal(false);
  });

  it("has the account again from a copy of the seed alone", async () => {
    const before = await answer("account", vault, "--state", at("depositor"));
    mkdirSync(at("again"), { mode: 0o700 });
    copyFileSync(at("depositor/seed"), at("again/seed"));
    expect(await answer("account", vault, "--state", at("again"))).to.deep.equal(before);
  });

  it("takes a node's address without a scheme, and says what it can't take", async () => {
    const bare = command.url.replace("http://", "");
    const run = (rpc: string) => runProgram(CLI, ["market", "show", "--rpc", rpc, "--deployment", at("tacit.json")]);
    expect((await run(bare)).code).to.equal(0);
    const socket = await run("ws://127.0.0.1:8546");
    expect(socket.code).to.equal(2);
    expect(socket.errors).to.match(/"ws:\/\/127\.0\.0\.1:8546" is a WebSocket: name the node's http or https URL/);
    expect((await run("")).errors).to.match(/it is empty: name a node's URL/);
    const nothing = { ...market.local.deployment, market: `0x${"11".repeat(20)}` };
    writeFileSync(at("gone.json"), JSON.stringify(nothing));
    const gone = await runProgram(CLI, ["market", "show", "--rpc", bare, "--deployment", at("gone.json")]);
    expect(gone.errors).to.match(/there is no market at 0x.* is of another chain, or of one that has ended/);
  });

  it("says that an address is no vault, whatever is asked of it", async () => {
    const stranger = market.local.deployment.cash;
    for (const args of [
      ["vault", "show", stranger],
      ["deposit", stranger, "1", "--state", at("depositor")],
      ["account", stranger, "--state", at("depositor")],
    ]) {
      expect(await refusal(...args)).to.match(/is no vault of this market: tacit market show lists them/);
    }
  });

  it("ends verify with 3 where nothing could be checked", async () => {
    for (const [args, message] of [
      [[market.local.deployment.cash, "1"], /no vault of this market/],
      [[vault, "1"], /epoch 1 has not opened yet: none has/],
    ] as const) {
      const { code, errors } = await tacit("verify", ...args);
      expect(code).to.equal(3);
      expect(errors).to.match(message);
    }
    const beyond = await tacit("verify", vault, String(2 ** 32));
    expect(beyond.code).to.equal(2);
    expect(beyond.errors).to.match(/not a whole number from 0 to 4294967295\.\n/);
  });

  it("answers alike through a node that gives logs of a few blocks at a time", async () => {
    const narrow = await commandOn(market, narrowNode({ blocks: 3 }));
    try {
      // The clock goes on between the two.
      for (const args of [
        ["market", "show"],
        ["vault", "show", vault],
      ])
        expect({ ...(await narrow.answer(...args)), now: 0 }).to.deep.equal({ ...(await answer(...args)), now: 0 });
    } finally {
      narrow.close();
    }
  });

  it("passes on what a node says that answers, but not with its chain", async () => {
    for (const [status, body, said] of [
      [
        429,
        '{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Too many requests"}}',
        'limits requests ("Too many requests")',
      ],
      [
        200,
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"request rate limited"}}',
        'limits requests ("request rate limited")',
      ],
      [502, "<html>Bad Gateway</html>", 'gives no answer, but "502 Bad Gateway"'],
    ] as const) {
      const server = createServer((_, response) => void response.writeHead(status).end(body));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const rpc = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { code, errors } = await runProgram(CLI, [
        "market",
        "show",
        "--rpc",
        rpc,
        "--deployment",
        at("tacit.json"),
      ]);
      server.close();
      expect(code).to.equal(1);
      expect(errors).to.contain(`the node at ${rpc} ${said}: wait a little, or name another with --rpc`);
    }
  });

  it("shows a vault's public side, and makes no folder for an owner who isn't there", async () => {
    const shown = await answer("vault", "show", vault);
    expect(shown).to.include({ vault, status: "active" }).and.not.have.property("private");
    expect(shown["dealing"]).to.deep.equal({ interval: 6, offset: 1, next: 1 });
    expect(shown["changeDelaySeconds"]).to.equal(30 * 86_400);
    expect((await tacit("vault", "show", vault)).output)
      .to.match(/dealing +every 6 epochs, next in epoch 1\n/)
      .and.match(/delay of changes +720\.0 hours/);
    expect(await refusal("vault", "show", vault, "--state", at("nowhere"))).to.match(/there is no state folder/);
    expect(await refusal("vault", "show", vault, "--state", at("mandate.json"))).to.match(/is a file, not a folder/);
    expect(existsSync(at("nowhere"))).to.equal(false);
  });

  it("lists what is traded where, and the market's own position in it, before and after the first snapshot", async () => {
    const list = async (): Promise<Record<string, unknown>[]> =>
      ((await answer("market", "list")) as { slots: Record<string, unknown>[] }).slots;
    expect((await list()).map(({ name, venue, positionLots }) => [name, venue, positionLots])).to.deep.equal(
      ["ETH", "BTC", "SOL", "LINK"].map((name) => [name, "Uniswap v3", "0"]),
    );
    expect(
      (await list()).every((slot) => !("markMicroUsd" in slot)),
      "no snapshot, no mark",
    ).to.equal(true);
    expect((await tacit("market", "list")).output).to.match(/ETH +Uniswap v3 +0 lots +none yet/);
    await market.openEpoch();
    expect(Number((await list())[0]!["markMicroUsd"])).to.be.closeTo(10e6, 10);
    const shown = (await tacit("market", "show")).output;
    expect((await tacit("market", "list")).output)
      .to.match(/ETH +Uniswap v3 +0 lots +\$10\.00/)
      .and.match(/ETH +Uniswap v3 .* 0\.003333 ETH\n/);
    expect(shown)
      .to.match(/instruments +ETH, BTC, SOL, LINK \(tacit market list\)\n/)
      .and.not.match(/Uniswap/);
    expect(shown).to.contain(`the submission of Tacit vault (${vault})`).and.contain(`vault ${vault}  Tacit vault`);
  });

  it("shows positions, Greeks, stresses and distances to the limits to the owner's machine, and to nobody else", async () => {
    const secrets = ["positions", "greeks", "stress", "rows", "cashMicroUsd", "navMicroUsd"];
    const own = await answer("vault", "show", vault, "--state", at("owner"));
    const book = own["private"] as Record<string, unknown[]>;
    expect(book).to.include.all.keys(...secrets);
    expect(book["positions"]![0]).to.include({
      name: "ETH",
      lots: "0",
      deltaMicroUsd: "0",
      gammaMicroUsd: "0",
      vegaMicroUsd: "0",
    });
    expect(book["stress"]).to.have.length(4);
    expect(book["stress"]![0]).to.deep.equal({
      scenario: "spot -20 %, vol up",
      byGroupMicroUsd: ["0", "0"],
      worstOfGroups: [],
    });
    for (const row of book["rows"] as Record<string, string>[]) {
      const unit = "nowLots" in row ? "Lots" : "MicroUsd";
      expect(BigInt(row[`left${unit}`]!)).to.equal(BigInt(row[`limit${unit}`]!) - BigInt(row[`now${unit}`]!));
    }
    expect((await tacit("vault", "show", vault, "--state", at("owner"))).output).to.match(
      /position +lots +order +value +delta/,
    );

    const everybody = await answer("vault", "show", vault);
    const keys = (value: unknown): string[] =>
      value !== null && typeof value === "object"
        ? Object.entries(value).flatMap(([key, inside]) => [key, ...keys(inside)])
        : [];
    expect(keys(everybody)).to.not.include.oneOf([...secrets, "private", "deltaMicroUsd", "lots", "pendingLots"]);
    expect((await tacit("vault", "show", vault)).output).to.not.match(/position|delta +|scenario|mandate row/);
  });

  it("shows the owner's bond, adds to it, and keeps it and the book closed while the vault trades", async () => {
    const { bondMicroUsd, minimumBondMicroUsd, status } = await answer("bond", "show", vault);
    expect([bondMicroUsd, status]).to.deep.equal([minimumBondMicroUsd, "active"]);
    await answer("bond", "post", vault, "25.5", "--state", at("owner"));
    expect((await answer("bond", "show", vault))["bondMicroUsd"]).to.equal(
      String(BigInt(minimumBondMicroUsd as string) + 25_500_000n),
    );
    // Somebody else's money is taken only on purpose.
    const gift = ["bond", "post", vault, "7", "--state", at("depositor")];
    const { cash } = market.local.deployment;
    const balance = (): Promise<bigint> =>
      contractAt("IERC20", cash, market.chain.provider).balanceOf(new StateFolder(at("depositor")).wallet().address);
    const before = await balance();
    expect(await refusal(...gift)).to.match(
      /is the vault of 0x\w{40}, not of this account, 0x\w{40}: the \$7\.00 are the first to be lost.* Nothing was sent: add --yes if that is meant/,
    );
    expect(await balance()).to.equal(before);
    await answer(...gift, "--yes");
    expect(await balance()).to.equal(before - 7_000_000n);
    expect(await refusal("bond", "withdraw", vault, "--state", at("owner"))).to.match(
      /the vault is active, and its bond stays until it has ended \(BondStays/,
    );
    expect(await refusal("bond", "withdraw", vault, "--state", at("depositor"))).to.match(/only the vault's owner may/);
    expect(await refusal("vault", "resolve", vault, "--state", at("owner"))).to.match(
      /the vault is active: its book is opened once it is in recovery or insolvent \(BookStaysSealed/,
    );
    const shown = (await tacit("vault", "show", vault)).output;
    expect(shown)
      .to.match(/owner's bond +\$10,032\.50/)
      .and.match(/haircut +none/);
    expect(shown).to.match(/epochs without order +missed: none; paid redemptions: none; of 0/);
  });

  it("asks at a terminal before it takes money for somebody else's vault, and takes it after a yes alone", async function () {
    // The program of util-linux that gives a command a terminal.
    if (!existsSync("/usr/bin/script")) this.skip();
    const { cash } = market.local.deployment;
    const balance = (): Promise<bigint> =>
      contractAt("IERC20", cash, market.chain.provider).balanceOf(new StateFolder(at("depositor")).wallet().address);
    const before = await balance();
    const args = ["bond", "post", vault, "3", "--state", at("depositor"), "--rpc", command.url];
    const words = [process.execPath, CLI, ...args, "--deployment", at("tacit.json")].map((word) => `'${word}'`);
    const typed = async (line: string): Promise<string> => {
      const terminal = spawn("/usr/bin/script", ["-qec", words.join(" "), "/dev/null"], { stdio: "pipe" });
      let shown = "";
      terminal.stdout.on("data", (chunk: Buffer) => {
        if (!shown.includes("(yes or no)") && (shown += chunk.toString()).includes("(yes or no)"))
          terminal.stdin.write(line);
        else shown += chunk.toString();
      });
      await once(terminal, "close");
      return shown;
    };
    expect(await typed("no\n")).to.match(/Give \$3\.00 away\? \(yes or no\)[^]*nothing was sent/);
    expect(await typed("\n")).to.match(/nothing was sent/);
    expect(await balance()).to.equal(before);
    expect(await typed("yes\n")).to.match(/\$3\.00 more stand behind/);
    expect(await balance()).to.equal(before - 3_000_000n);
  });

  it("runs no owner with a strategy, a seed or a folder that the vault is not committed to", async () => {
    writeFileSync(at("other.json"), formatStrategy(profiles.small, demoStrategy("small", 3)), { mode: 0o600 });
    const run = ["owner", "run", "--vault", vault];
    expect(await refusal(...run, "--state", at("owner"), "--strategy", at("other.json"))).to.match(
      /not those the vault is committed to/,
    );
    expect(await refusal(...run, "--state", at("depositor"), "--strategy", at("strategy.json"))).to.match(
      /not those the vault is committed to: name the state folder/,
    );
    expect(await refusal(...run, "--state", at("nowhere"), "--strategy", at("strategy.json"))).to.match(
      /there is no state folder/,
    );
  });

  it("says what is wrong with a strategy of another kind", async () => {
    writeFileSync(at("unknown.json"), JSON.stringify({ kind: "momentum", lookback: 3 }), { mode: 0o600 });
    writeFileSync(
      at("loose.json"),
      JSON.stringify({ ...DEMO_MANDATE, initialMarginBps: 5_200, maintenanceMarginBps: 9_000 }),
    );
    expect(
      await refusal(
        "vault",
        "create",
        "--state",
        at("owner"),
        "--strategy",
        at("strategy.json"),
        "--mandate",
        at("loose.json"),
      ),
    ).to.match(/this market takes no mandate above initialMarginBps 5000 and maintenanceMarginBps 7500/);
    writeFileSync(
      at("crossed.json"),
      JSON.stringify({ ...DEMO_MANDATE, initialMarginBps: 4_000, maintenanceMarginBps: 3_000 }),
    );
    expect(
      await refusal(
        "vault",
        "create",
        "--state",
        at("owner"),
        "--strategy",
        at("strategy.json"),
        "--mandate",
        at("crossed.json"),
      ),
    ).to.match(/must not be above maintenanceMarginBps/);
    expect(
      await refusal(
        "vault",
        "create",
        "--state",
        at("owner"),
        "--strategy",
        at("unknown.json"),
        "--mandate",
        at("mandate.json"),
      ),
    ).to.match(/kind must be "tacit-strategy-1"/);
  });
});
