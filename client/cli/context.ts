import { JsonRpcProvider, NonceManager } from "ethers";
import type { Signer } from "ethers";
import { pino } from "pino";
import type { Logger } from "pino";
import { readDeployment } from "../node/deploymentFile.ts";
import { MarketChain } from "../sdk/chain/reader.ts";
import { TacitError } from "../sdk/errors.ts";
import { toJson } from "../sdk/json.ts";
import { POLL_MS } from "../node/loop.ts";
import type { StateFolder } from "../node/stateFolder.ts";

/** How a command answers. */
export interface Output {
  json?: boolean;
}

/** Options of every command that asks a chain. */
export interface CommonOptions extends Output {
  rpc: string;
  deployment: string;
}

/** Options of commands that act for a party. */
export interface PartyOptions extends CommonOptions {
  state: string;
}

/** @throws TacitError `NO_CHAIN`, `WRONG_CHAIN`, `NO_DEPLOYMENT` */
export async function connect({ rpc, deployment: path }: CommonOptions): Promise<MarketChain> {
  const deployment = readDeployment(path);
  // Asked for directly: the provider would try for ever, with a line of complaint a second.
  const chainId = await askChainId(rpc);
  const provider = new JsonRpcProvider(rpc, undefined, {
    polling: true,
    pollingInterval: POLL_MS,
    cacheTimeout: -1,
    staticNetwork: true,
  });
  if (chainId !== deployment.chainId) {
    provider.destroy();
    throw new TacitError(
      "WRONG_CHAIN",
      `the node at ${rpc} runs chain ${chainId}, the deployment is on ${deployment.chainId}: name the right node with --rpc`,
    );
  }
  return new MarketChain(provider, deployment);
}

async function askChainId(rpc: string): Promise<number> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  const headers = { "content-type": "application/json" };
  const response = await fetch(rpc, { method: "POST", headers, body, signal: AbortSignal.timeout(30_000) }).catch(
    () => {
      throw new TacitError("NO_CHAIN", `no node answers at ${rpc}: start one, or name another with --rpc`);
    },
  );
  const answer = (await response.json().catch(() => ({}))) as { result?: string; error?: { message?: string } };
  if (answer.result !== undefined) return Number(answer.result);
  const said = answer.error?.message ?? `${response.status} ${response.statusText}`;
  throw new TacitError(
    "NODE_REFUSES",
    `${rpc} does not say which chain it runs, but "${said}": wait a little if it limits requests, or name another node with --rpc`,
  );
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

/** The party's account, with its nonces counted here so that steps can follow each other at once. */
export const signerOf = (state: StateFolder, chain: MarketChain): Signer =>
  new NonceManager(state.wallet().connect(chain.provider));

/** Log lines go to standard error; nothing secret is ever handed to the logger, and these names are blanked if it were. */
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
  process.stdout.write(`${json ? toJson(value) : lines()}\n`);
}
