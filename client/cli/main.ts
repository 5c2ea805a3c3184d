// The tacit command. Every command is a thin layer over client/sdk.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, Option } from "commander";
import type { ProfileName, TemplateName } from "../../prover/index.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import { describeError } from "../sdk/errors.ts";
import { SHARE_DECIMALS } from "../sdk/units.ts";
import { address, amount, between, DEFAULT_NODES, names, nodes, url, urls, whole } from "./arguments.ts";

const { version } = JSON.parse(
  readFileSync(fileURLToPath(import.meta.resolve("tacit-vaults/package.json")), "utf8"),
) as {
  version: string;
};

// Commands are loaded when they are run: most of what one needs the others do not.
const backtest = () => import("./commands/backtest.ts");
const bonds = () => import("./commands/bond.ts");
const decisions = () => import("./commands/decide.ts");
const deposits = () => import("./commands/deposit.ts");
const keys = () => import("./commands/key.ts");
const locals = () => import("./commands/local.ts");
const markets = () => import("./commands/market.ts");
const roles = () => import("./commands/roles.ts");
const leaks = () => import("./commands/leak.ts");
const strategies = () => import("./commands/strategy.ts");
const trusts = () => import("./commands/trust.ts");
const vaults = () => import("./commands/vault.ts");
const audits = () => import("./commands/verify.ts");

/** A command of a module; it takes what commander has read of its arguments, options last. */
const run =
  <Module, Args extends unknown[]>(load: () => Promise<Module>, pick: (module: Module) => (...args: Args) => unknown) =>
  async (...args: Args): Promise<void> => {
    await pick(await load())(...args);
  };

/** Names as keys, so that the compiler sees that none is missing. */
const namesOf = <Name extends string>(names: Readonly<Record<Name, true>>): Name[] => Object.keys(names) as Name[];
const TEMPLATES = namesOf<TemplateName>({
  "delta-neutral": true,
  "gamma-vega": true,
  "regime-allocator": true,
  "mean-variance": true,
});
const PROFILES = namesOf<ProfileName>({ small: true, standard: true });

const program = new Command("tacit")
  .description("Private strategies on a public chain: prove a rebalance obeys its mandate without showing the book.")
  .version(version)
  .exitOverride()
  .showHelpAfterError("(add --help for what it takes)");

function command(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .addOption(
      new Option("--rpc <urls>", "JSON-RPC nodes, comma separated: where one fails, the next is asked")
        .env("TACIT_RPC")
        .argParser(nodes)
        .default(DEFAULT_NODES, DEFAULT_NODES.join(",")),
    )
    .addOption(
      new Option("--deployment <file>", "deployment file of the market").env("TACIT_DEPLOYMENT").default("tacit.json"),
    )
    .option("--json", "one JSON object on standard output");
}

const party = (parent: Command, name: string, description: string): Command =>
  command(parent, name, description).requiredOption(
    "--state <folder>",
    "the party's private folder (keys, records); tacit key makes one",
  );
/** The same, for a party that may be new. */
const newParty = (parent: Command, name: string, description: string): Command =>
  command(parent, name, description).requiredOption(
    "--state <folder>",
    "the party's private folder (keys, records); made if missing",
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
  .option("--any-network", "also with a regime network that is untrained or that others can train")
  .action(run(vaults, (m) => m.newVault));
command(
  vault,
  "leak",
  "what everybody can tell of a vault's orders and book from its schedule and its company, in figures",
)
  .argument("<vault>", "address", address)
  .action(run(leaks, (m) => m.showVaultLeak));
command(vault, "show", "what everybody can see of a vault; with --state, what only its owner can")
  .argument("<vault>", "address", address)
  .option("--state <folder>", "the owner's folder: adds book, Greeks and distance to the mandate's limits")
  .action(run(vaults, (m) => m.showVault));

const secondRpc = (): Option =>
  new Option("--second-rpc <url>", "a second node: nothing is decided on what the two do not both show").argParser(
    nodes,
  );

/** Options that name price history. */
const history = (of: Command): Command =>
  of
    .option("--data <folder>", "hourly CSV files (docs/data.md); a documented price model when left out")
    .option("--from <date>", "first hour, UTC: 2022-11-07, its midnight, or 2022-11-07T12:00Z; no bare year or month")
    .option("--model-seed <text>", "seed of the price model", "1")
    .option("--funding <folder>", "CSV files of perps' funding; 0.01 % every eight hours when left out")
    .option(
      "--volatility <folder>",
      "CSV files of implied volatility indices, for feature 7, which is 0 when left out",
    );
const played = (of: Command): Command =>
  history(of).option("--assets <names>", "only these of the folder's or the model's assets, comma separated", names);
const offline = (parent: Command, name: string, description: string): Command =>
  parent.command(name).description(description).option("--json", "one JSON object on standard output");

offline(program, "key", "make a party's keys, or show its account; says what to keep a copy of")
  .requiredOption("--state <folder>", "the party's private folder; made if missing")
  .action(run(keys, (m) => m.showKey));

const strategy = program.command("strategy").description("write, train and commit a strategy");
offline(strategy, "new", "write a strategy file to begin with, and its JSON schema beside it")
  .requiredOption("--out <file>", "where it goes")
  .addOption(new Option("--template <name>", "what it does").choices(TEMPLATES).default("regime-allocator"))
  .addOption(new Option("--profile <name>", "size of the market").choices(PROFILES).default("standard"))
  .option("--mandate <file>", "refuse targets that lie outside this mandate")
  .addOption(
    new Option(
      "--data <folder>",
      "prices that will be played: an allocator divides by the spot that a backtest of them lists",
    ).conflicts("deployment"),
  )
  .option(
    "--deployment <file>",
    "deployment file of a market: an allocator divides by the spot it lists (what npm start lists, when left out)",
  )
  .option("--plain", "the template's own numbers, which everybody knows, instead of numbers drawn from its range")
  .option("--seed <text>", "draws the numbers: the same seed, the same strategy; a random one when left out")
  .action(run(strategies, (m) => m.newStrategy));
offline(strategy, "leak", "what a strategy's numbers, its vault's schedule and its company give away, in figures")
  .argument("<file>", "the strategy")
  .option("--dealing-interval <epochs>", "epochs from one dealing to the next", whole, 6)
  .option("--vaults <number>", "vaults in the market, of equal size", whole, 8)
  .action(run(leaks, (m) => m.showStrategyLeak));
played(
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
  .option(
    "--seed <text>",
    "starts the training: the same seed and data, the same network, for everybody; a random one when left out",
  )
  .action(run(strategies, (m) => m.trainStrategy));
party(
  strategy,
  "commit",
  "print the commitment that this owner's next vault, or next change of strategy, would publish; each is another number",
)
  .requiredOption("--strategy <file>", "the strategy")
  .action(run(strategies, (m) => m.showCommitment));
played(
  offline(
    program,
    "backtest",
    "play a strategy over price history, with costs and beside simple strategies: backtest.html and backtest.json; goes on where it was stopped",
  ),
)
  .requiredOption("--strategy <file>", "the strategy")
  .option("--to <date>", "last hour, as --from: 2022-12-01 ends with November")
  .option("--mandate <file>", "mandate file; a wide one when left out")
  .option("--state <folder>", "the owner's folder; with --deployment the report shows the strategy's commitment")
  .option("--deployment <file>", "with --state: the market on which the owner commits to the strategy")
  .option(
    "--capital <dollars>",
    "NAV at the beginning, 1,000 to 1,000,000,000",
    between(1_000, 1_000_000_000),
    1_000_000,
  )
  .option("--out <folder>", "where the report goes; made if missing", ".")
  .action(run(backtest, (m) => m.backtest));

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
  .action(run(vaults, (m) => m.resolveVault));

party(
  vault,
  "set-strategy",
  "as the owner, announce another strategy; announcing the one in force takes an announcement back",
)
  .argument("<vault>", "address", address)
  .requiredOption("--strategy <file>", "the strategy to come; its commitment is published")
  .action(run(vaults, (m) => m.announceStrategy));
party(
  vault,
  "apply-strategy",
  "put an announced strategy into force once its delay is over and those who asked to leave in time are paid; anybody may",
)
  .argument("<vault>", "address", address)
  .action(run(vaults, (m) => m.applyStrategy));

const bond = program.command("bond").description("what stands behind a vault's owner");
party(bond, "post", "add to a vault's bond; of another owner's vault, only after asking")
  .argument("<vault>", "address", address)
  .argument("<dollars>", "amount", amount(6))
  .option("--yes", "give it to another owner's vault without asking")
  .action(run(bonds, (m) => m.postBond));
party(bond, "withdraw", "as the owner of a vault that has ended, take what is left of its bond")
  .argument("<vault>", "address", address)
  .action(run(bonds, (m) => m.withdrawBond));
command(bond, "show", "a vault's bond, and the least this market wants")
  .argument("<vault>", "address", address)
  .action(run(bonds, (m) => m.showBond));

const owner = program.command("owner").description("run a vault's strategy");
party(owner, "run", "settle, decide, prove and submit, once an epoch, until stopped")
  .requiredOption("--vault <address>", "the vault", address)
  .requiredOption("--strategy <file>", "the strategy the vault is committed to")
  .addOption(secondRpc())
  .action(run(roles, (m) => m.runOwner));
party(
  owner,
  "trust",
  "show whose committee and reporters this owner has accepted, beside those that the node shows: nothing is sealed for others",
)
  .option("--accept <fingerprint>", "accept the node's, whose committee has this fingerprint")
  .action(run(trusts, (m) => m.showTrust));

party(program, "decide", "show the order that the vault's next submission sends, to its owner; sends nothing")
  .requiredOption("--vault <address>", "the vault", address)
  .requiredOption("--strategy <file>", "the strategy the vault is committed to")
  .addOption(secondRpc())
  .option("--explain", "say why: regime, exposures against targets and bands, what was limited by what")
  .action(run(decisions, (m) => m.showDecision));

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
  .action(run(roles, (m) => m.runReporter));

const member = program.command("member").description("run a committee member");
newParty(
  member,
  "key",
  "print what governance registers of this member: account, newest key (made if there is none), proof of possession",
)
  .option(
    "--new",
    "make another key, to be appointed in the place of this member's; the old one is erased once it has done",
  )
  .action(run(roles, (m) => m.registerMember));
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
  .action(run(roles, (m) => m.runMember));

const keeper = program.command("keeper").description("push due steps");
party(keeper, "run", "push every step that is due, until stopped")
  .addOption(new Option("--reporters <urls>", "the reporters' servers, comma separated").argParser(urls).default([]))
  .addOption(new Option("--members <urls>", "the members' servers, comma separated").argParser(urls).default([]))
  .option("--once", "push at most one step and end; exit code 3 if none was due")
  .action(run(roles, (m) => m.runKeeper));

const market = program.command("market").description("look at the market, and end its halts");
command(
  market,
  "show",
  "how the market stands: epoch, phase, whom it waits for, why it is halted and until when; its vaults",
).action(run(markets, (m) => m.showMarket));
command(
  market,
  "list",
  "what is traded: each instrument, its venue, mark and lot, the market's own position and margin there",
).action(run(markets, (m) => m.listSlots));

party(
  market,
  "resume",
  "end a halt once it has cooled down, which anybody may: keepers do it by themselves, but for one by the guardian's hand",
).action(run(markets, (m) => m.resumeMarket));

const local = program.command("local").description("on a local chain: what governance and a bank would do");
newParty(local, "fund", "give this account ether and test dollars")
  .addOption(
    new Option("--dollars <amount>", "test dollars").argParser(amount(6)).default(1_000_000_000_000n, "1000000"),
  )
  .action(run(locals, (m) => m.fundAccount));
party(local, "approve", "let this account create vaults, as governance")
  .option("--vaults <number>", "how many", whole, 1)
  .action(run(locals, (m) => m.approveVaults));

command(
  program,
  "verify",
  "check submissions from chain data alone: proof, transcript, commitments; one, a vault's (VAULT --all), or the market's (--all); exit code 1 if a check fails, 3 if there is nothing to check or no node to ask",
)
  .argument("[vault]", "address; every vault when left out", address)
  .argument("[epoch]", "epoch number", between(0, 2 ** 32 - 1))
  .option("--all", "every epoch")
  .option("--from <epoch>", "first epoch: its number, or a date, UTC, that it was observed on or after")
  .option("--to <epoch>", "last epoch: its number, or a date, UTC, that it was observed before")
  .option("--out <file>", "a CSV line for each submission; what stands there is not checked again")
  .option("--circuit <folder>", "a circuit of your own to compare the verifier with; the one built here when left out")
  .action(function (this: Command, vault?: string, epoch?: number, options?: VerifyOptions) {
    const range = options!.all === true || options!.from !== undefined || options!.to !== undefined;
    if (epoch === undefined && !range)
      this.error("error: missing required argument 'epoch' (or --all, or --from and --to)", { exitCode: 1 });
    if (epoch !== undefined && (range || options!.out !== undefined))
      this.error("error: an epoch is one submission's: take it, --all, or --from and --to", { exitCode: 1 });
    if (options!.all === true && (options!.from !== undefined || options!.to !== undefined))
      this.error("error: --all is every epoch: take it, or --from and --to", { exitCode: 1 });
    return run(audits, (m) => m.verify)(vault, epoch, options!);
  });

party(program, "deposit", "ask for shares: hands dollars to a vault's queue, dealt at the next dealing epoch")
  .argument("<vault>", "address", address)
  .argument("<dollars>", "amount", amount(6))
  .action(run(deposits, (m) => m.deposit));
party(
  program,
  "redeem",
  "ask for cash: hands shares to a vault's queue, paid in dealing epochs, first come first served",
)
  .argument("<vault>", "address", address)
  .argument("[shares]", "how many shares, e.g. 12.5; all of them when left out", amount(SHARE_DECIMALS))
  .action(run(deposits, (m) => m.redeem));
party(
  program,
  "cancel",
  "take back what this account has asked for and is not dealt; not from just before the epoch that may deal it opens until the vault has submitted",
)
  .argument("<vault>", "address", address)
  .action(run(deposits, (m) => m.cancel));
party(program, "claim", "take the shares and the cash that dealings have left for this account")
  .argument("<vault>", "address", address)
  .action(run(deposits, (m) => m.claim));
command(program, "account", "an account's cash, shares and requests at a vault")
  .argument("<vault>", "address", address)
  .option("--state <folder>", "the party's private folder: its own account")
  .option("--address <address>", "any account", address)
  .action(run(deposits, (m) => m.showAccount));

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
