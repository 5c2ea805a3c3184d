import { JsonRpcProvider, Network } from "ethers";
import type { JsonRpcError, JsonRpcPayload, JsonRpcResult } from "ethers";
import { TacitError } from "../errors.ts";
import { pause, POLL_MS, stopped } from "../wait.ts";

export interface NodeOptions {
  /** Ends whatever is under way. */
  signal?: AbortSignal;
}

/** What a node says to a call: ethers takes both, and tells them apart by their fields. */
type Answer = JsonRpcResult | JsonRpcRefusal;
interface JsonRpcRefusal extends Omit<JsonRpcError, "error"> {
  error: { code: number; message: string; data?: unknown };
}
type NodeError = JsonRpcRefusal["error"];

/** For an answer, where another node could be asked instead, and where none could. */
const PATIENCE_MS = 10_000;
const LAST_PATIENCE_MS = 30_000;
/** A node that limits requests, or has no answer for the moment, is asked again after these, and a little more. */
const AGAIN_AFTER_MS = [250, 500, 1_000, 2_000];
/** Answers of what stands before a node. */
const GATEWAY = [502, 503, 504];
/** What a connection ends with that was there; one that is refused would be refused again. */
const BROKEN = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];

/** A failure that passes by itself. */
class Momentary extends TacitError {}

/**
 * The nodes of a chain, asked in order: one that does not answer, limits requests, has not kept what is asked for or
 * runs another chain is left for the next, which then stays in use. A signed transaction goes to all of them.
 *
 * What a node can't do is a TacitError that names it: `NO_CHAIN`, `NODE_THROTTLES`, `NODE_PRUNED`, `NODE_REFUSES`,
 * `WRONG_CHAIN`. What it says of a call that reverts is passed on as ethers has it.
 */
export class NodeProvider extends JsonRpcProvider {
  readonly #nodes: readonly Node[];
  readonly #signal: AbortSignal | undefined;
  #inUse = 0;

  /** @param urls http or https; user and password in them are sent as such */
  constructor(urls: readonly string[], chainId: number, { signal }: NodeOptions = {}) {
    const network = Network.from(chainId);
    super(urls[0], network, {
      staticNetwork: network,
      polling: true,
      pollingInterval: POLL_MS,
      cacheTimeout: -1,
      // Many nodes limit what one request may hold, and a refused one would take the others with it.
      batchMaxCount: 1,
    });
    this.#nodes = urls.map((url) => new Node(url, chainId));
    this.#signal = signal;
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const calls = Array.isArray(payload) ? payload : [payload];
    const answers = calls.map((call) =>
      call.method === "eth_sendRawTransaction" ? this.#tellAll(call) : this.#ask(call),
    );
    return Promise.all(answers) as Promise<JsonRpcResult[]>;
  }

  async #ask(call: JsonRpcPayload): Promise<Answer> {
    for (let round = 0; ; round++) {
      const failures: TacitError[] = [];
      for (const _ of this.#nodes) {
        const isLast = failures.length === this.#nodes.length - 1;
        try {
          return await this.#nodes[this.#inUse]!.answer(call, isLast ? LAST_PATIENCE_MS : PATIENCE_MS, this.#signal);
        } catch (error) {
          if (!(error instanceof TacitError) || error.code === "STOPPED") throw error;
          failures.push(error);
          this.#inUse = (this.#inUse + 1) % this.#nodes.length;
        }
      }
      const wait = AGAIN_AFTER_MS[round];
      if (wait === undefined || !failures.some((one) => one instanceof Momentary)) throw together(failures);
      await pause(wait * (1 + Math.random()), this.#signal);
    }
  }

  /** One node may forget a transaction, or be cut off: it is as good as sent when one has taken it. */
  async #tellAll(call: JsonRpcPayload): Promise<Answer> {
    const said = await Promise.allSettled(this.#nodes.map((node) => node.answer(call, LAST_PATIENCE_MS, this.#signal)));
    const answers = said.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const best = answers.find((answer) => "result" in answer) ?? answers[0];
    if (best !== undefined) return best;
    const errors = said.flatMap((one): unknown[] => (one.status === "rejected" ? [one.reason] : []));
    throw (
      errors.find((error) => !(error instanceof TacitError) || error.code === "STOPPED") ??
      together(errors as TacitError[])
    );
  }
}

function together(failures: readonly TacitError[]): TacitError {
  const [first, ...others] = failures;
  return others.length === 0
    ? first!
    : new TacitError(first!.code, `no node answers: ${failures.map(({ message }) => message).join("; ")}`);
}

/** One node over HTTP. Names it in errors without what in its URL may be a secret: path, user and password. */
class Node {
  readonly #url: URL;
  readonly #chainId: number;
  readonly #headers: Record<string, string>;
  #isChecked = false;

  constructor(url: string, chainId: number) {
    this.#url = new URL(url);
    this.#chainId = chainId;
    const { username, password } = this.#url;
    this.#url.username = this.#url.password = "";
    const login = btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    this.#headers = {
      "content-type": "application/json",
      ...(username === "" ? {} : { authorization: `Basic ${login}` }),
    };
  }

  /** @throws TacitError as `NodeProvider` */
  async answer(call: JsonRpcPayload, patienceMs: number, signal?: AbortSignal): Promise<Answer> {
    if (!this.#isChecked) {
      const chainId = await this.#askChainId(patienceMs, signal);
      if (chainId !== this.#chainId)
        throw new TacitError(
          "WRONG_CHAIN",
          `the node at ${this.#url.origin} runs chain ${chainId}, the deployment is on ${this.#chainId}: name the right node with --rpc`,
        );
      this.#isChecked = true;
    }
    return this.#post(call, patienceMs, signal);
  }

  async #askChainId(patienceMs: number, signal?: AbortSignal): Promise<number> {
    const answer = await this.#post({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }, patienceMs, signal);
    const id = "result" in answer ? Number(answer.result) : NaN;
    if (Number.isSafeInteger(id)) return id;
    throw this.#refuses("error" in answer ? answer.error.message : `chain ${String(answer.result)}`);
  }

  async #post(call: JsonRpcPayload, patienceMs: number, signal?: AbortSignal): Promise<Answer> {
    const { origin } = this.#url;
    const late = AbortSignal.timeout(patienceMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: JSON.stringify(call),
        signal: signal ? AbortSignal.any([late, signal]) : late,
      });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw stopped();
      if (late.aborted)
        throw new TacitError(
          "NO_CHAIN",
          `the node at ${origin} has not answered within ${patienceMs / 1_000} s: wait a little, or name another with --rpc`,
        );
      const { code = "" } = ((error as Error).cause ?? {}) as { code?: string };
      // What a node itself signs for may have been done.
      const Failure = BROKEN.includes(code) && call.method !== "eth_sendTransaction" ? Momentary : TacitError;
      throw new Failure("NO_CHAIN", `no node answers at ${origin}: start one, or name another with --rpc`);
    }
    const answer = parseAnswer(text);
    if (answer === undefined) {
      const said = `${response.status} ${response.statusText}`.trim();
      throw response.status === 429 ? this.#throttles(said) : this.#refuses(response.ok ? "no JSON-RPC" : said);
    }
    if (!("error" in answer)) return { ...answer, id: call.id };
    const said = answer.error.message;
    if (response.status === 429 || isThrottle(call.method, answer.error)) throw this.#throttles(said);
    if (isPruned(answer.error)) {
      throw new TacitError(
        "NODE_PRUNED",
        `the node at ${origin} has not kept the state that ${call.method} asks for ("${said}"): name one that keeps it, an archive node, with --rpc`,
      );
    }
    if (GATEWAY.includes(response.status)) throw this.#refuses(said);
    return { ...answer, id: call.id };
  }

  #throttles = (said: string): TacitError =>
    new Momentary(
      "NODE_THROTTLES",
      `the node at ${this.#url.origin} limits requests ("${said}"): wait a little, or name another with --rpc`,
    );
  #refuses = (said: string): TacitError =>
    new Momentary(
      "NODE_REFUSES",
      `the node at ${this.#url.origin} gives no answer, but "${said}": wait a little, or name another with --rpc`,
    );
}

function parseAnswer(text: string): Answer | undefined {
  try {
    const found = JSON.parse(text) as Answer;
    if ("error" in found && typeof found.error?.message === "string") return found;
    return "result" in found ? found : undefined;
  } catch {
    return undefined;
  }
}

const THROTTLE =
  /\b429\b|too many requests|rate.?limit|request (count|rate|limit)|(requests|calls|units) per|rps limit|throttl/i;
const LIMIT_EXCEEDED = -32005;

/** Whether words of a node are about how often it is asked. */
export const saysThrottled = (said: string): boolean => THROTTLE.test(said);

/** Nodes answer with the same code to logs of too many blocks, which are asked for anew in parts. */
const isThrottle = (method: string, { code, message }: NodeError): boolean =>
  !isRevert(message) &&
  (code === 429 || saysThrottled(message) || (code === LIMIT_EXCEEDED && method !== "eth_getLogs"));

const PRUNED =
  /missing trie node|(historical|required|requested) (state|data|block)\b.*(not|un)|state (is )?(not available|unavailable|already (been )?(discarded|pruned))|pruned|pruning|archive/i;
const isPruned = ({ message }: NodeError): boolean => !isRevert(message) && PRUNED.test(message);

/** A contract's own words say nothing of the node. */
const isRevert = (message: string): boolean => /revert/i.test(message);
