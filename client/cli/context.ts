import { pino } from "pino";
import type { Logger } from "pino";
import { readDeployment } from "../node/deploymentFile.ts";
import { outboxIn } from "../node/outbox.ts";
import { catchSignals, stopSignal } from "../node/stop.ts";
import { NodeProvider } from "../sdk/chain/node.ts";
import { MarketChain } from "../sdk/chain/reader.ts";
import { Sender } from "../sdk/chain/sender.ts";
import type { SenderOptions } from "../sdk/chain/sender.ts";
import { TacitError } from "../sdk/errors.ts";
import type { StateFolder } from "../node/stateFolder.ts";
import { answer } from "./answer.ts";

/** How a command answers. */
export interface Output {
  json?: boolean;
}

/** Options of every command that asks a chain. */
export interface CommonOptions extends Output {
  /** URLs of the chain's nodes, the one to ask first to begin with. */
  rpc: string[];
  deployment: string;
}

/** Options of commands that act for a party. */
export interface PartyOptions extends CommonOptions {
  state: string;
}

/** @throws TacitError `NO_DEPLOYMENT`, `NO_MARKET`, `WRONG_DEPLOYMENT`, as `NodeProvider` */
export async function connect({ rpc, deployment: path }: CommonOptions): Promise<MarketChain> {
  const deployment = readDeployment(path);
  const provider = new NodeProvider(rpc, deployment.chainId, { signal: stopSignal });
  try {
    if ((await provider.getCode(deployment.market)) === "0x")
      throw new TacitError(
        "NO_MARKET",
        `there is no market at ${deployment.market} on the chain of ${new URL(rpc[0]!).origin}: ${path} is of another chain, or of one that has ended`,
      );
    return await MarketChain.open(provider, deployment);
  } catch (error) {
    provider.destroy();
    throw error;
  }
}

/** Connects, runs, and lets the process end whatever happens. */
export async function withChain<T>(options: CommonOptions, run: (chain: MarketChain) => Promise<T>): Promise<T> {
  const chain = await connect(options);
  try {
    return await run(chain);
  } finally {
    chain.provider.destroy();
  }
}

const LINES: SenderOptions["log"] = {
  info: (text) => void process.stderr.write(`${text}\n`),
  warn: (text) => void process.stderr.write(`${text}\n`),
};

/** The party's account. What it sends is said on standard error at once, however the program ends. */
export function signerOf(state: StateFolder, chain: MarketChain, log: SenderOptions["log"] = LINES): Sender {
  catchSignals();
  const outbox = outboxIn(state, (text) => log.warn(text));
  return new Sender(state.wallet().connect(chain.provider), outbox, { log, signal: stopSignal });
}

/**
 * Log lines go to standard error; nothing secret is ever handed to the logger, and these names are blanked if it were.
 */
export const openLog = (role: string): Logger =>
  pino(
    {
      base: { role },
      redact: ["seed", "key", "order", "book", "positions", "salt", "inputs"],
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination(2),
  );

/** One JSON object on standard output, or the lines for a person. */
export function print(json: boolean | undefined, value: unknown, lines: () => string): void {
  process.stdout.write(`${json ? answer(value) : lines()}\n`);
}
