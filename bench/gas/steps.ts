import { Interface } from "ethers";
import type { TransactionReceipt, TransactionResponse } from "ethers";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import type { WholeMarket } from "../../test/support/wholeMarket.ts";
import { LIBRARIES } from "../../client/deploy/market.ts";
import { slope } from "../statistics.ts";

/** What the transactions of a chain cost, step by step. */
export interface GasOfSteps {
  /** Gas of each transaction of a step. */
  readonly steps: ReadonlyMap<string, readonly number[]>;
  /** Functions that change state and that no transaction called, as "Contract.function". */
  readonly uncalled: readonly string[];
}

/** How steps are named after a contract's functions. The market's come without its name. */
const PREFIXES = {
  Market: "",
  Desk: "",
  Vault: "vault.",
  VaultFactory: "factory.",
  SnapshotOracle: "oracle.",
  CommitteeRegistry: "committee.",
  VerifierRegistry: "verifiers.",
  UniswapV3Adapter: "adapter.",
} as const;
type ContractName = keyof typeof PREFIXES;

/** Steps whose first time in a market writes storage that is written over later. */
const COSTLIER_AT_FIRST = ["snapshot", "submit", "tally", "clear"];

/**
 * Reads every transaction of the chain. Where the same call costs different amounts, it is several steps:
 *
 * - `.fresh`: in the market's first epoch;
 * - `.first`, `.deposit`, `.redeem` of `submit`: the first of an epoch, and those that deal;
 * - `.2vaults`, … of `tally`: the size of the batch; `tally.perVault` is what one vault more costs;
 * - `.last` of `clear` and `lapse`: the one that resolves the last group and stores the epoch's fills;
 * - `clear` is without the gas that the venue's trades used, `clear.withVenue` what the keeper pays.
 */
export async function gasOfSteps({ chain, local, connection }: WholeMarket): Promise<GasOfSteps> {
  const { provider } = connection.ethers;
  const { deployment } = local;
  const interfaces = new Map(
    (Object.keys(PREFIXES) as ContractName[]).map((name) => [
      name,
      new Interface(contractArtifact(name).abi as string),
    ]),
  );
  const contracts = new Map<string, ContractName>([
    [deployment.market, "Market"],
    [deployment.desk, "Desk"],
    [deployment.vaultFactory, "VaultFactory"],
    [deployment.snapshotOracle, "SnapshotOracle"],
    [deployment.committeeRegistry, "CommitteeRegistry"],
    [deployment.verifierRegistry, "VerifierRegistry"],
    [deployment.uniswapAdapter, "UniswapV3Adapter"],
    ...(await chain.vaults()).map((vault) => [vault, "Vault"] as const),
  ]);
  const deployed = new Map<string, string>([
    ...(
      [
        "market",
        "desk",
        "lens",
        "vaultFactory",
        "snapshotOracle",
        "committeeRegistry",
        "verifierRegistry",
        "verifier",
        "uniswapAdapter",
      ] as const
    ).map((name) => [deployment[name], name] as const),
    [(await chain.market.getFunction("poseidonConstants")()) as string, "poseidonConstants"],
  ]);

  const steps = new Map<string, number[]>();
  const record = (step: string, gas: number): void => void steps.set(step, [...(steps.get(step) ?? []), gas]);
  const called = new Set<string>();
  let epoch = 0;

  /** Undefined for what is not this project's: tokens, pools, feeds. */
  const stepOf = (transaction: TransactionResponse, receipt: TransactionReceipt): string | undefined => {
    if (transaction.to === null) {
      // A library that is linked with another is not its artifact to the letter.
      const library = [...LIBRARIES, "Terms"].find(
        (each) => transaction.data.length === contractArtifact(each).bytecode.length,
      );
      const name = library?.toLowerCase() ?? deployed.get(receipt.contractAddress!);
      return name && `deploy.${name}`;
    }
    const contract = contracts.get(transaction.to);
    const call = contract && interfaces.get(contract)!.parseTransaction(transaction);
    if (!call) return undefined;
    called.add(`${contract}.${call.name}`);
    const step = call.name === "publish" ? "snapshot" : `${PREFIXES[contract]}${call.name}`;
    if (step === "snapshot") epoch++;

    const events = receipt.logs.flatMap((log) => interfaces.get("Market")!.parseLog(log) ?? []);
    const event = (name: string) => events.find((one) => one.name === name)?.args;
    if (event("GroupFailed")) throw new Error("a group could not be traded: its gas is not that of a clearing");
    const variants: string[] = [];
    if (epoch === 1 && COSTLIER_AT_FIRST.includes(step)) variants.push("fresh");
    else if (step === "submit") {
      const { cashFlow, index } = event("Submitted") as unknown as { cashFlow: bigint; index: bigint };
      variants.push(...(cashFlow > 0n ? ["deposit"] : cashFlow < 0n ? ["redeem"] : index === 0n ? ["first"] : []));
    }
    if (step === "tally") variants.push(`${(call.args["vaults"] as string[]).length}vaults`);
    if ((step === "clear" || step === "lapse") && event("EpochSettled")) variants.push("last");
    return [step, ...variants].join(".");
  };

  const lastBlock = await provider.getBlockNumber();
  for (let number = 1; number <= lastBlock; number++) {
    for (const hash of (await provider.getBlock(number))!.transactions) {
      const [transaction, receipt] = await Promise.all([
        provider.getTransaction(hash),
        provider.getTransactionReceipt(hash),
      ]);
      const step = stepOf(transaction!, receipt!);
      if (step === undefined) continue;
      const gas = Number(receipt!.gasUsed);
      if (step === "clear" || step.startsWith("clear.")) {
        record(step, gas - (await gasOfTrades(connection, hash, deployment.uniswapAdapter)));
        record(step.replace("clear", "clear.withVenue"), gas);
      } else record(step, gas);
    }
  }

  const tallies = [...steps].flatMap(([step, values]) => {
    const vaults = /^tally\.(\d+)vaults$/.exec(step)?.[1];
    return vaults === undefined ? [] : values.map((gas) => [Number(vaults), gas] as const);
  });
  record("tally.perVault", Math.round(slope(tallies)));

  const changing = [...interfaces].flatMap(([contract, functions]) =>
    functions.fragments
      .filter((f) => f.type === "function")
      .flatMap((f) => {
        const { name, stateMutability } = functions.getFunction(f.format())!;
        return stateMutability === "view" || stateMutability === "pure" ? [] : [`${contract}.${name}`];
      }),
  );
  return { steps, uncalled: [...new Set(changing)].filter((name) => !called.has(name)) };
}

interface CallFrame {
  readonly to?: string;
  readonly input: string;
  readonly gasUsed: string;
  readonly calls?: readonly CallFrame[];
}

/** Gas used inside the market's `trade` calls to an adapter, and by whatever these called. */
async function gasOfTrades({ provider }: WholeMarket["connection"], hash: string, adapter: string): Promise<number> {
  const selector = new Interface(contractArtifact("UniswapV3Adapter").abi as string).getFunction("trade")!.selector;
  const sum = ({ to, input, gasUsed, calls = [] }: CallFrame): number =>
    to?.toLowerCase() === adapter.toLowerCase() && input.startsWith(selector)
      ? Number(gasUsed)
      : calls.reduce((total, call) => total + sum(call), 0);
  return sum(
    (await provider.request({
      method: "debug_traceTransaction",
      params: [hash, { tracer: "callTracer" }],
    })) as CallFrame,
  );
}
