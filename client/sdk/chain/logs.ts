import { isError } from "ethers";
import type { Block, Log, Provider } from "ethers";
import { TacitError } from "../errors.ts";
import { saysThrottled } from "./node.ts";

/** What is asked for: logs of one contract. */
export interface LogFilter {
  address: string;
  /** As in JSON-RPC: null is any. */
  topics: (string | string[] | null)[];
}

/** Blocks, both ends included. */
export interface BlockRange {
  fromBlock: number;
  /** The chain's latest where left out. */
  toBlock?: number;
}

/** What has been read of a filter. */
interface Stretch {
  logs: readonly Log[];
  /** The last block read, and its hash. */
  through: number;
  hash: string;
}

/** Filters that are remembered; of more, those asked for last. */
const REMEMBERED = 256;
/** Readings that a chain may overtake before they are given up. */
const READINGS = 5;

/**
 * Logs of a chain. What has been read is kept, and only what is new is asked for; if the chain has meanwhile replaced
 * blocks, what they held is forgotten and read anew.
 *
 * Nodes refuse wide ranges and large answers, each its own: a refused range is halved, and grows slowly again with
 * every one that is answered.
 */
export class LogSource {
  readonly #provider: Provider;
  readonly #read = new Map<string, Stretch>();
  /** Blocks to ask for at once. */
  #span = Number.MAX_SAFE_INTEGER;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  /**
   * Logs in the order of the chain.
   * @throws TacitError `LOGS_REFUSED`, `NODE_THROTTLES`, `CHAIN_MOVED`
   */
  async logs(filter: LogFilter, { fromBlock, toBlock = Number.MAX_SAFE_INTEGER }: BlockRange): Promise<Log[]> {
    const key = JSON.stringify([filter.address.toLowerCase(), filter.topics, fromBlock]);
    for (let reading = 0; reading < READINGS; reading++) {
      const head = await this.#block("latest");
      if (head === null) continue;
      const known = await this.#confirmed(this.#read.get(key), fromBlock, head);
      const end = Math.min(head.number, toBlock);
      const stretch = known.through >= end ? known : await this.#extended(filter, known, end, head);
      // The chain has moved under the reading.
      if (stretch === undefined) continue;
      this.#remember(key, stretch);
      return stretch.logs.filter(({ blockNumber }) => blockNumber <= end);
    }
    throw new TacitError(
      "CHAIN_MOVED",
      "the chain moves faster than its logs can be read: ask again, or check the node",
    );
  }

  /** What of a stretch still is on the chain. */
  async #confirmed(stretch: Stretch | undefined, fromBlock: number, head: Block): Promise<Stretch> {
    const nothing: Stretch = { logs: [], through: fromBlock - 1, hash: "" };
    if (stretch === undefined) return nothing;
    if (await this.#isOnChain(stretch.through, stretch.hash, head)) return stretch;
    // The last log whose block is still there tells up to where all is well.
    for (let count = stretch.logs.length; count > 0; count--) {
      const { blockNumber, blockHash } = stretch.logs[count - 1]!;
      if (await this.#isOnChain(blockNumber, blockHash, head))
        return { logs: stretch.logs.slice(0, count), through: blockNumber, hash: blockHash };
    }
    return nothing;
  }

  async #isOnChain(number: number, hash: string, head: Block): Promise<boolean> {
    if (number > head.number) return false;
    if (number === head.number) return hash === head.hash;
    if (number === head.number - 1) return hash === head.parentHash;
    return (await this.#block(number))?.hash === hash;
  }

  /** @returns undefined if the chain has replaced the last block meanwhile */
  async #extended(filter: LogFilter, known: Stretch, end: number, head: Block): Promise<Stretch | undefined> {
    const last = end === head.number ? head : await this.#block(end);
    const logs = [...known.logs];
    for (let from = known.through + 1; from <= end; ) {
      const to = Math.min(end, from + this.#span - 1);
      const page = await this.#page(filter, from, to);
      if (page === undefined) continue;
      logs.push(...page);
      from = to + 1;
    }
    const after = await this.#block(end);
    return last === null || after?.hash !== last.hash ? undefined : { logs, through: end, hash: last.hash! };
  }

  /** @returns undefined if the node refuses the range, which the next one is then half of */
  async #page(filter: LogFilter, fromBlock: number, toBlock: number): Promise<Log[] | undefined> {
    const width = toBlock - fromBlock + 1;
    try {
      const page = await this.#provider.getLogs({ ...filter, fromBlock, toBlock });
      this.#span = Math.min(Number.MAX_SAFE_INTEGER, this.#span + Math.ceil(this.#span / 8));
      return page;
    } catch (error) {
      const said = refusalOf(error);
      if (said === undefined) throw error;
      if (saysThrottled(said))
        throw new TacitError(
          "NODE_THROTTLES",
          `the node limits requests (${said}): wait a little, or take another node`,
        );
      if (width === 1)
        throw new TacitError(
          "LOGS_REFUSED",
          `the node refuses the logs of a single block (${said}): take another node`,
        );
      this.#span = Math.floor(width / 2);
      return undefined;
    }
  }

  #remember(key: string, stretch: Stretch): void {
    this.#read.delete(key);
    this.#read.set(key, stretch);
    if (this.#read.size > REMEMBERED) this.#read.delete(this.#read.keys().next().value!);
  }

  #block(tag: number | "latest"): Promise<Block | null> {
    return this.#provider.getBlock(tag);
  }
}

/** What a node has answered instead of logs; undefined where it has answered nothing. */
function refusalOf(error: unknown): string | undefined {
  const { error: inner, info } = error as {
    error?: { message?: string };
    info?: { responseStatus?: string; error?: { message?: string } };
  };
  if (isError(error, "TIMEOUT")) return "no answer in time";
  return inner?.message ?? info?.error?.message ?? info?.responseStatus;
}
