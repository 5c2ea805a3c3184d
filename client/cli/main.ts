// The tacit command. Every command is a thin layer over client/sdk.
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { isAddress, parseUnits } from "ethers";
import { describeError } from "./context.ts";
import type { CommonOptions, PartyOptions } from "./context.ts";
import { runKeeper, runMember, runOwner, runReporter, registerMember } from "./commands/roles.ts";
import { SHARE_DECIMALS } from "../sdk/units.ts";
import { approveVaults, fundAccount } from "./commands/local.ts";
import { PROFILES } from "../../circuits/manifest.ts";
import { TEMPLATES } from "../../prover/strategy/templates.ts";
import { showDecision } from "./commands/decide.ts";
import { backtest } from "./commands/backtest.ts";
import { postBond, showBond, withdrawBond } from "./commands/bond.ts";
import { claim, deposit, redeem, showAccount } from "./commands/deposit.ts";
import { listSlots, resumeMarket, showMarket } from "./commands/market.ts";
import { newStrategy, showCommitment, trainStrategy } from "./commands/strategy.ts";
import { announceStrategy, applyStrategy, newVault, resolveVault, showVault } from "./commands/vault.ts";
import { verify } from "./commands/verify.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const address = (text: string): string => {
  if (!isAddress(text))
    throw new InvalidArgumentError(
      "not an address: 0x and 40 hex digits (with capitals only where the checksum has them).",
    );
  return text;
};
const whole = (text: string): number => {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError("not a whole number of at most 15 digits.");
  return Number(text);
};
const url = (text: string): string => {
  if (!URL.canParse(text)) throw new InvalidArgumentError(`"${text}" is no URL.`);
  return text.replace(/\/$/, "");
};
/** A whole number from low to high. */
const between =
  (low: number, high: number) =>
  (text: string): number => {
    const number = whole(text);
    if (number < low || number > high) throw new InvalidArgumentError(`not a whole number from ${low} to ${high}.`);
    return number;
  };
const urls = (text: string): string[] => text.split(",").filter(Boolean).map(url);
/** An amount above 0 with at most so many decimals, in its smallest unit. */
const amount =
  (decimals: number) =>
  (text: string): bigint => {
    try {
      const units = parseUnits(text, decimals);
      if (units > 0n) return units;
    } catch {
      // The error below says so.
    }
    throw new InvalidArgumentError(`not an amount above 0 with at most ${decimals} decimals, such as 1500 or 0.25.`);
  };

const program = new Command("tacit")
  .description("Private strategies on a public chain: prove a rebalance obeys its mandate without showing the book.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("(add --help for what it takes)");

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .addOption(new Option("--rpc <url>", "JSON-RPC node").env("TACIT_RPC").default("http://127.0.0.1:8545"))
    .addOption(
      new Option("--deployment <file>", "deployment file of the market").env("TACIT_DEPLOYMENT").default("tacit.json"),
    )
    .option("--json", "one JSON object on standard output");
}

const party = (parent: Command, name: string, description: string): Command =>
  command(parent, name, description).requiredOption(
    "--state <folder>",
    "the party's private folder (key, records); made if missing",
  );

const vault = program.command("vault").description("create and look at vaults");
party(
  vault,
  "create",
  "create a vault of which this account, once governance has approved it, is the strategy owner, and pay its bond; prints its address",
)
  .requiredOption(
    "--strategy <file>",
    "strategy file (format: client/README.md); it stays secret, its commitment is published",
  )
  .requiredOption("--mandate <file>", "mandate file (format: client/README.md): limits in bps of NAV, public")
  .option("--name <text>", "name of the share token", "Tacit vault")
  .option("--symbol <text>", "symbol of the share token", "TACIT")
  .option("--dealing-interval <epochs>", "epochs from one dealing to the next", whole, 6)
  .option("--dealing-offset <epochs>", "epochs e with e mod interval = offset deal", whole, 1)
  .option(
    "--change-delay <seconds>",
    "wait before a looser mandate or another strategy takes effect; at least twice (dealing interval + 1) epochs",
    whole,
    30 * 86_400,
  )
  .action((options: PartyOptions & Parameters<typeof newVault>[0]) => newVault(options));
command(vault, "show", "what everybody can see of a vault; with --state, what only its owner can")
  .argument("<vault>", "address", address)
  .option("--state <folder>", "the owner's folder: adds book, Greeks and distance to the mandate's limits")
  .action((at: string, options: CommonOptions & { state?: string }) => showVault(at, options));

/** Options that name price history. */
const history = (of: Command): Command =>
  of
    .option("--data <folder>", "hourly CSV files; a documented price model when left out")
    .option("--from <date>", "first hour, UTC: 2022-11-07, its midnight, or 2022-11-07T12:00Z; no bare year or month")
    .option("--model-seed <text>", "seed of the price model", "1")
    .option("--funding <folder>", "CSV files of perps' funding; 0.01 % every eight hours when left out");
const offline = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description).option("--json", "one JSON object on standard output");

const strategy = program.command("strategy").description("write, train and commit a strategy; no chain needed");
offline(strategy, "new", "write a strategy file to begin with, and its JSON schema beside it")
  .requiredOption("--out <file>", "where it goes")
  .addOption(new Option("--template <name>", "what it does").choices(TEMPLATES).default("regime-allocator"))
  .addOption(new Option("--profile <name>", "size of the market").choices(PROFILES).default("standard"))
  .option("--mandate <file>", "refuse targets that lie outside this mandate")
  .action((options: Parameters<typeof newStrategy>[0]) => newStrategy(options));
history(
  offline(strategy, "train", "fit the regime network to price history, walking forward, and write it into the file"),
)
  .requiredOption("--strategy <file>", "the strategy; its network is replaced")
  .option("--hours <number>", "at most so many hours; 721 for each fold and 1,441 more at least", whole)
  .option("--states <number>", "states of the hidden Markov model that labels the hours, 2 to 4", between(2, 4), 4)
  .option(
    "--folds <number>",
    "parts of the history that are predicted from what came before, 1 to 20",
    between(1, 20),
    4,
  )
  .option("--seed <text>", "starts the training: the same seed and data, the same network", "1")
  .action((options: Parameters<typeof trainStrategy>[0]) => trainStrategy(options));
offline(strategy, "commit", "print the commitment that a vault's terms would hold")
  .requiredOption("--strategy <file>", "the strategy")
  .requiredOption("--state <folder>", "the owner's folder: its seed makes the salt")
  .action((options: Parameters<typeof showCommitment>[0]) => showCommitment(options));
history(
  offline(
    program,
    "backtest",
    "play a strategy over price history, with costs and beside simple strategies: backtest.html and backtest.json; goes on where it was stopped",
  ),
)
  .requiredOption("--strategy <file>", "the strategy")
  .option("--to <date>", "last hour, as --from: 2022-12-01 ends with November")
  .option("--mandate <file>", "mandate file; a wide one when left out")
  .option(
    "--capital <dollars>",
    "NAV at the beginning, 1,000 to 1,000,000,000",
    between(1_000, 1_000_000_000),
    1_000_000,
  )
  .option("--out <folder>", "where the report goes; made if missing", ".")
  .action((options: Parameters<typeof backtest>[0]) => backtest(options));

party(
  vault,
  "resolve",
  "open the book of a vault that is insolvent or in recovery: the market takes it over and owes its share holders what it is worth",
)
  .argument("<vault>", "address", address)
  .addOption(
    new Option("--members <urls>", "the members' servers, comma separated, to get the book from; its owner needs none")
      .argParser(urls)
      .default([]),
  )
  .action((at: string, options: PartyOptions & { members: string[] }) => resolveVault(at, options));

party(
  vault,
  "set-strategy",
  "as the owner, announce another strategy; announcing the one in force takes an announcement back",
)
  .argument("<vault>", "address", address)
  .requiredOption("--strategy <file>", "the strategy to come; its commitment is published")
  .action((at: string, options: PartyOptions & { strategy: string }) => announceStrategy(at, options));
party(
  vault,
  "apply-strategy",
  "put an announced strategy into force once its delay is over and those who asked to leave in time are paid; anybody may",
)
  .argument("<vault>", "address", address)
  .action((at: string, options: PartyOptions) => applyStrategy(at, options));

const bond = program.command("bond").description("what stands behind a vault's owner");
party(bond, "post", "add to a vault's bond")
  .argument("<vault>", "address", address)
  .argument("<dollars>", "amount", amount(6))
  .action((at: string, dollars: bigint, options: PartyOptions) => postBond(at, dollars, options));
party(bond, "withdraw", "as the owner of a vault that has ended, take what is left of its bond")
  .argument("<vault>", "address", address)
  .action((at: string, options: PartyOptions) => withdrawBond(at, options));
command(bond, "show", "a vault's bond, and the least this market wants")
  .argument("<vault>", "address", address)
  .action((at: string, options: CommonOptions) => showBond(at, options));

const owner = program.command("owner").description("run a vault's strategy");
party(owner, "run", "settle, decide, prove and submit, once an epoch, until stopped")
  .requiredOption("--vault <address>", "the vault", address)
  .requiredOption("--strategy <file>", "the strategy the vault is committed to")
  .action((options: PartyOptions & { vault: string; strategy: string }) => runOwner(options));

party(program, "decide", "show the order that the vault's next submission sends, to its owner; sends nothing")
  .requiredOption("--vault <address>", "the vault", address)
  .requiredOption("--strategy <file>", "the strategy the vault is committed to")
  .option("--explain", "say why: regime, exposures against targets and bands, what was limited by what")
  .action((options: Parameters<typeof showDecision>[0]) => showDecision(options));

const reporter = program.command("reporter").description("report market data");
history(party(reporter, "run", "sign each epoch's snapshot and serve it at /snapshot, until stopped"))
  .requiredOption(
    "--replay <file>",
    "when the chain sees the hours of the data: replay.json, which npm start writes beside tacit.json",
  )
  .addOption(
    new Option(
      "--follow <url>",
      "sign what the reporter served there has signed, where it is near enough to what this one's data says",
    ).argParser(url),
  )
  .option("--port <number>", "port of the server, 0 for any", whole, 0)
  .action((options: PartyOptions & Parameters<typeof runReporter>[0]) => runReporter(options));

const member = program.command("member").description("run a committee member");
party(
  member,
  "key",
  "make this member's keys and print what governance registers: account, key, proof of possession",
).action((options: PartyOptions) => registerMember(options));
party(
  member,
  "run",
  "sign the sums of each frozen batch and serve them at /sums/<epoch>, and shares of the book of a vault that ends without its owner at /book/<vault>, until stopped",
)
  .option("--port <number>", "port of the server, 0 for any", whole, 0)
  .option(
    "--finality-blocks <number>",
    "blocks to wait after the close before sums are given out, and after a vault's end before a share of its book is",
    whole,
    12,
  )
  .action((options: PartyOptions & Parameters<typeof runMember>[0]) => runMember(options));

const keeper = program.command("keeper").description("push due steps");
party(keeper, "run", "push every step that is due, until stopped")
  .addOption(new Option("--reporters <urls>", "the reporters' servers, comma separated").argParser(urls).default([]))
  .addOption(new Option("--members <urls>", "the members' servers, comma separated").argParser(urls).default([]))
  .option("--once", "push at most one step and end; exit code 3 if none was due")
  .action((options: PartyOptions & Parameters<typeof runKeeper>[0]) => runKeeper(options));

const market = program.command("market").description("look at the market, and end its halts");
command(market, "show", "epoch, phase, why it is halted and until when, slots, vaults").action(
  (options: CommonOptions) => showMarket(options),
);
command(market, "list", "slots, venues, the market's own position and carry, margin at the venues").action(
  (options: CommonOptions) => listSlots(options),
);

party(
  market,
  "resume",
  "end a halt once it has cooled down, which anybody may: keepers do it by themselves, but for one by the guardian's hand",
).action((options: PartyOptions) => resumeMarket(options));

const local = program.command("local").description("on a local chain: what governance and a bank would do");
party(local, "fund", "give this account ether and test dollars")
  .addOption(
    new Option("--dollars <amount>", "test dollars").argParser(amount(6)).default(1_000_000_000_000n, "1000000"),
  )
  .action((options: PartyOptions & { dollars: bigint }) => fundAccount(options));
party(local, "approve", "let this account create vaults, as governance")
  .option("--vaults <number>", "how many", whole, 1)
  .action((options: PartyOptions & { vaults: number }) => approveVaults(options));

command(
  program,
  "verify",
  "check a submission from chain data alone: proof, transcript, commitments; exit code 1 if a check fails, 3 if there is nothing to check or no node to ask",
)
  .argument("<vault>", "address", address)
  .argument("<epoch>", "epoch number", between(0, 2 ** 32 - 1))
  .action((at: string, epoch: number, options: CommonOptions) => verify(at, epoch, options));

party(program, "deposit", "ask for shares: hands dollars to a vault's queue, dealt at the next dealing epoch")
  .argument("<vault>", "address", address)
  .argument("<dollars>", "amount", amount(6))
  .action((at: string, assets: bigint, options: PartyOptions) => deposit(at, assets, options));
party(
  program,
  "redeem",
  "ask for cash: hands shares to a vault's queue, paid in dealing epochs, first come first served",
)
  .argument("<vault>", "address", address)
  .argument("[shares]", "how many shares, e.g. 12.5; all of them when left out", amount(SHARE_DECIMALS))
  .action((at: string, shares: bigint | undefined, options: PartyOptions) => redeem(at, shares, options));
party(program, "claim", "take the shares and the cash that dealings have left for this account")
  .argument("<vault>", "address", address)
  .action((at: string, options: PartyOptions) => claim(at, options));
party(program, "account", "this account's cash, shares and requests at a vault")
  .argument("<vault>", "address", address)
  .action((at: string, options: PartyOptions) => showAccount(at, options));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help and usage have been printed.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`tacit: ${describeError(error)}\n`);
    process.exitCode ??= 1;
  }
}
// Providers and servers that a failed command left open must not hold the process.
if (process.exitCode !== undefined && process.exitCode !== 0) process.exit();
