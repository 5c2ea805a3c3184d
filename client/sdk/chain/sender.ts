import { AbstractSigner, isCallException, Transaction, TransactionResponse } from "ethers";
import type {
  Provider,
  Signer,
  TransactionReceipt,
  TransactionRequest,
  TransactionResponseParams,
  TypedDataDomain,
  TypedDataField,
} from "ethers";
import { describeError, TacitError } from "../errors.ts";
import { ether, gwei } from "../format.ts";
import type { Outbox, SentTransaction } from "../ports.ts";
import { pause, POLL_MS } from "../wait.ts";
import { stepNameOf } from "./contract.ts";
import { gasLimitFor } from "./gas.ts";

export interface SenderOptions {
  /** Told what is sent and what becomes of it, a line each. */
  log: { info(text: string): void; warn(text: string): void };
  /** Ends waiting. What has been sent stays in the outbox. */
  signal?: AbortSignal;
}

/**
 * A node that no longer knows a transaction is sent it again, first after this and then after twice as long each time.
 */
const RESEND_MS = 2_000;
/** A node that takes it each time and never keeps it is given up on. */
const FORGETFUL_MS = 60_000;
/**
 * A transaction that waits for so long is offered for more, by a quarter, up to a multiple of what was first offered.
 */
const RAISE_MS = 30_000;
const RAISED = { by: 5n, of: 4n };
const MOST_RAISED = 8n;
/** Nodes take one transaction in place of another for a tenth more at least. */
const OVERTAKES = { by: 9n, of: 8n };
/** How long a transaction is waited for. */
const GIVE_UP_MS = 600_000;
/** For so long a node may know that a nonce is used, and not yet by what. */
const LAG_MS = 10_000;
/** How often another program may be faster. */
const TRIES = 5;
/** What lies so deep in the chain is not looked after any more. */
const FINAL_BLOCKS = 64;

/** Wei a unit of gas; `gasPrice` is all that chains without EIP-1559 have. */
type Fees = { gasPrice: bigint } | { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };
type Call = Pick<Transaction, "to" | "data" | "value">;

interface Mined {
  transaction: Transaction;
  receipt: TransactionReceipt;
}

/** Another transaction of the account has the nonce. */
class Displaced extends Error {}

/**
 * An account that sends. What it sends is signed, kept, sent, and looked after until it is mined: sent again where a
 * node forgets it, for more where it waits, and again where the chain has been reorganised, by this program or by the
 * next one with the same outbox. One transaction is under way at a time, whatever programs share the outbox.
 *
 * `sendTransaction` returns when the transaction has been mined.
 * @throws TacitError `NO_ETHER`, `NOT_MINED`, `NODE_FORGETS`, `OUTDATED`, `NONCE_TAKEN`, `STOPPED`; what the outbox
 * throws
 */
export class Sender extends AbstractSigner<Provider> {
  readonly #wallet: Signer;
  readonly #outbox: Outbox;
  readonly #options: SenderOptions;
  #genesis: string | undefined;

  /** @param wallet connected to the chain; only signs */
  constructor(wallet: Signer, outbox: Outbox, options: SenderOptions) {
    super(wallet.provider!);
    this.#wallet = wallet;
    this.#outbox = outbox;
    this.#options = options;
  }

  getAddress(): Promise<string> {
    return this.#wallet.getAddress();
  }
  connect(provider: Provider): Sender {
    return new Sender(this.#wallet.connect(provider), this.#outbox, this.#options);
  }
  signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.#wallet.signTransaction(transaction);
  }
  signMessage(message: string | Uint8Array): Promise<string> {
    return this.#wallet.signMessage(message);
  }
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#wallet.signTypedData(domain, types, value);
  }

  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const { gasLimit, ...populated } = await this.populateCall(request);
    const { to, data, value } = Transaction.from({ to: populated.to, data: populated.data, value: populated.value });
    const call = { to, data, value };
    const release = await this.#outbox.lock(this.#options.signal);
    try {
      const limit = gasLimit == null ? undefined : BigInt(gasLimit);
      const { transaction } = (await this.#settle(call)) ?? (await this.#send(call, limit));
      // As ethers makes one of what it has sent.
      return new TransactionResponse(transaction as unknown as TransactionResponseParams, this.provider);
    } finally {
      release();
    }
  }

  /**
   * Sees to what was sent before and is not known to be mined: a program was ended, or the chain has been reorganised.
   * What would revert by now is left: its nonce is free for what comes.
   * @returns `call`, if that is what was sent and nobody has been told yet
   */
  async #settle(call: Call): Promise<Mined | undefined> {
    const { log } = this.#options;
    let asked: Mined | undefined;
    const used = await this.#usedNonces();
    for (const sent of await this.#kept()) {
      const isTold = sent.minedIn !== undefined;
      const isMined = sent.nonce < used;
      if (isTold && isMined) continue;
      const isAsked = !isTold && isSame(lastOf(sent), call);
      const what = describe(sent);
      if (!isMined) {
        // Later ones wait for the nonce before theirs.
        if (!isAsked && (await this.#wouldRevert(sent))) break;
        log.warn(
          isTold
            ? `${what} is no longer on the chain, which was reorganised: seeing to it first`
            : `${what} was sent earlier and is not mined yet: waiting for it`,
        );
      }
      try {
        const mined = await this.#seeThrough(sent);
        const { status, blockNumber } = mined.receipt;
        log.info(`${what}, sent earlier, ${status === 0 ? "has reverted" : "is mined"} in block ${blockNumber}`);
        if (isAsked) asked = mined;
      } catch (error) {
        if (error instanceof TacitError && error.code === "OUTDATED") {
          log.warn(error.message);
          break;
        }
        if (!(error instanceof Displaced)) throw error;
        log.warn(`${what}, sent earlier, was never mined: another transaction has its nonce`);
        this.#forget(sent);
      }
    }
    return asked;
  }

  async #send(call: Call, givenLimit: bigint | undefined): Promise<Mined> {
    const { log, signal } = this.#options;
    const account = await this.getAddress();
    const estimate = (): Promise<bigint> => this.provider.estimateGas({ ...call, from: account });
    const gasLimit = givenLimit ?? gasLimitFor(stepNameOf(call.data), await estimate());
    for (let tries = 1; tries <= TRIES; tries++) {
      const [used, pending] = await Promise.all([this.#usedNonces(), this.#usedNonces("pending")]);
      // Its own that is void is overtaken; what another program has sent goes first.
      const outdated = (await this.#kept()).find(({ nonce }) => nonce === used);
      const nonce = outdated?.nonce ?? Math.max(used, pending);
      const fees = await this.#fees(outdated && lastOf(outdated), OVERTAKES);
      const signed = await this.#sign(call, nonce, gasLimit, fees);
      const sent = { chain: await this.#chain(), nonce, signed: [...(outdated?.signed ?? []), signed] };
      await this.#requireEther(sent);
      this.#keep(sent);
      try {
        const taken = await this.#tellFirst(sent);
        if (!taken && outdated === undefined) throw new Displaced();
        log.info(`sent ${describe(sent)}`);
        return await this.#seeThrough(sent);
      } catch (error) {
        if (!(error instanceof Displaced)) throw error;
        this.#forget(sent);
        log.warn(
          `${outdated === undefined ? `another program sends from account ${account} too and has` : `${describe(outdated)}, sent earlier, has`} used nonce ${nonce}: trying again`,
        );
      }
      await pause(2 ** tries * POLL_MS, signal);
      // What the other one did may have settled this.
      await estimate();
    }
    throw new TacitError(
      "NONCE_TAKEN",
      `another program sends from account ${account} and was faster ${TRIES} times: stop it, or give each an account of its own`,
    );
  }

  /** @returns whether a node has it, or may have it. @throws what the nodes say, if it is certain that none has */
  async #tellFirst(sent: SentTransaction): Promise<boolean> {
    try {
      return await this.#tell(sent);
    } catch (error) {
      // Whoever did not answer may have taken it. A local chain that reverts answers with an error, and has mined it.
      if (error instanceof TacitError || (await this.#usedNonces()) > sent.nonce) return true;
      this.#forget(sent);
      throw error;
    }
  }

  /** Waits until a transaction is mined, and does what that takes. @throws Displaced, TacitError */
  async #seeThrough(sent: SentTransaction): Promise<Mined> {
    const { log, signal } = this.#options;
    const began = performance.now();
    let [lookedAt, resendAfter, raisedAt] = [began, RESEND_MS, began];
    let [unknownSince, usedSince]: (number | undefined)[] = [undefined, undefined];
    let trouble = "";
    for (;;) {
      const now = performance.now();
      try {
        if ((await this.#usedNonces()) > sent.nonce) {
          const mined = await this.#minedOf(sent);
          if (mined !== undefined) return mined;
          usedSince ??= now;
          if (now - usedSince > LAG_MS && !(await this.#isKnown(sent))) throw new Displaced();
        } else if (now - lookedAt >= resendAfter) {
          [lookedAt, usedSince] = [now, undefined];
          if (await this.#isKnown(sent)) [unknownSince, resendAfter] = [undefined, RESEND_MS];
          else {
            if (unknownSince === undefined) log.warn(`the node does not know ${describe(sent)}: sending it again`);
            [unknownSince, resendAfter] = [unknownSince ?? now, 2 * resendAfter];
            await this.#tell(sent);
          }
          if (now - raisedAt >= RAISE_MS) {
            raisedAt = now;
            if (await this.#wouldRevert(sent))
              throw new TacitError(
                "OUTDATED",
                `${describe(sent)} was not mined in time and would be refused by now: its nonce is used for what this account does next`,
              );
            await this.#raise(sent);
          }
        }
        trouble = "";
      } catch (error) {
        if (error instanceof Displaced || (error instanceof TacitError && error.code === "OUTDATED")) throw error;
        if (signal?.aborted) throw this.#stoppedAt(sent);
        // A node that is away comes back.
        const text = describeError(error);
        if (text !== trouble) log.warn(`waiting for ${describe(sent)}: ${text}`);
        trouble = text;
      }
      if (now - (unknownSince ?? now) > FORGETFUL_MS)
        throw new TacitError(
          "NODE_FORGETS",
          `the node takes ${describe(sent)} and forgets it: name another node with --rpc. Whatever this account does next sees to it first`,
        );
      if (now - began > GIVE_UP_MS)
        throw new TacitError(
          "NOT_MINED",
          `${describe(sent)} has not been mined within ${GIVE_UP_MS / 60_000} minutes, ${trouble === "" ? describeFees(lastOf(sent)) : trouble}. Whatever this account does next sees to it first`,
        );
      await pause(POLL_MS, signal).catch(() => {
        throw this.#stoppedAt(sent);
      });
    }
  }

  /** Whether the node has the transaction, mined or not, as it was sent last. */
  async #isKnown(sent: SentTransaction): Promise<boolean> {
    return (await this.provider.getTransaction(lastOf(sent).hash!)) !== null;
  }

  /**
   * @returns undefined while the node knows of none.
   * @throws Displaced where an earlier one with the nonce, which it was to overtake, was mined
   */
  async #minedOf(sent: SentTransaction): Promise<Mined | undefined> {
    for (const transaction of sent.signed.map((raw) => Transaction.from(raw))) {
      const receipt = await this.provider.getTransactionReceipt(transaction.hash!);
      if (receipt === null) continue;
      if (!isSame(transaction, lastOf(sent))) throw new Displaced();
      this.#keep({ ...sent, minedIn: receipt.blockNumber });
      return { transaction, receipt };
    }
    return undefined;
  }

  /** Offers more, unless that would be more than it may cost. */
  async #raise(sent: SentTransaction): Promise<void> {
    const before = lastOf(sent);
    const fees = await this.#fees(before, RAISED);
    // What it overtook has been no offer for it.
    const first = sent.signed.map((raw) => Transaction.from(raw)).find((one) => isSame(one, before))!;
    if (highest(fees) > MOST_RAISED * highest(first)) {
      this.#options.log.info(`still waiting for ${describe(sent)}, ${describeFees(before)}, the most that is offered`);
      return;
    }
    const raised = {
      ...sent,
      signed: [...sent.signed, await this.#sign(before, sent.nonce, before.gasLimit, fees)],
    };
    await this.#requireEther(raised);
    this.#keep(raised);
    sent.signed = raised.signed;
    await this.#tell(sent);
    this.#options.log.warn(`${stepNameOf(before.data)} waits: sent again ${describeFees(fees)}, ${describe(sent)}`);
  }

  /**
   * @returns whether a node has it: not where another transaction has the nonce, or is there for as much.
   * @throws what it says else
   */
  async #tell(sent: SentTransaction): Promise<boolean> {
    try {
      await this.provider.broadcastTransaction(sent.signed.at(-1)!);
      return true;
    } catch (error) {
      const said = wordsOf(error);
      if (KNOWN.test(said)) return true;
      if (OUTBID.test(said)) return false;
      throw error;
    }
  }

  /** As a node suggests, and more than `before` by a ratio, where that is to be replaced. */
  async #fees(before?: Transaction, { by, of } = RAISED): Promise<Fees> {
    const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await this.provider.getFeeData();
    const above = (suggested: bigint, was: bigint | null | undefined): bigint => {
      const more = was == null ? 0n : (was * by) / of + 1n;
      return suggested > more ? suggested : more;
    };
    return maxFeePerGas === null || maxPriorityFeePerGas === null
      ? { gasPrice: above(gasPrice ?? 0n, before?.gasPrice) }
      : {
          maxFeePerGas: above(maxFeePerGas, before?.maxFeePerGas),
          maxPriorityFeePerGas: above(maxPriorityFeePerGas, before?.maxPriorityFeePerGas),
        };
  }

  async #sign({ to, data, value }: Call, nonce: number, gasLimit: bigint, fees: Fees): Promise<string> {
    const { chainId } = await this.provider.getNetwork();
    const type = "gasPrice" in fees ? 0 : 2;
    return this.#wallet.signTransaction({ to, data, value, nonce, gasLimit, chainId, type, ...fees });
  }

  /** @throws TacitError `NO_ETHER` */
  async #requireEther(sent: SentTransaction): Promise<void> {
    const account = await this.getAddress();
    const transaction = lastOf(sent);
    const most = transaction.gasLimit * highest(transaction) + transaction.value;
    const balance = await this.provider.getBalance(account);
    if (balance >= most) return;
    throw new TacitError(
      "NO_ETHER",
      `account ${account} holds ${ether(balance)} ether, and ${stepNameOf(transaction.data)} may take ${ether(most)}: send it some (on a local chain: tacit local fund)`,
    );
  }

  /** Whether it is certain that it would. */
  async #wouldRevert(sent: SentTransaction): Promise<boolean> {
    const { to, data, value } = lastOf(sent);
    return this.provider.call({ to, data, value, from: await this.getAddress() }).then(
      () => false,
      (error: unknown) => isCallException(error),
    );
  }

  async #usedNonces(blockTag: "latest" | "pending" = "latest"): Promise<number> {
    return this.provider.getTransactionCount(await this.getAddress(), blockTag);
  }

  async #chain(): Promise<string> {
    this.#genesis ??= (await this.provider.getBlock(0))?.hash ?? "";
    return this.#genesis;
  }

  /** What is looked after, in the order of its nonces. */
  async #kept(): Promise<SentTransaction[]> {
    const all = this.#outbox.read();
    if (all.length === 0) return [];
    const [chain, head] = await Promise.all([this.#chain(), this.provider.getBlockNumber()]);
    return all
      .filter((sent) => sent.chain === chain && (sent.minedIn === undefined || sent.minedIn > head - FINAL_BLOCKS))
      .toSorted((a, b) => a.nonce - b.nonce);
  }

  #keep(sent: SentTransaction): void {
    this.#outbox.write([...this.#withoutNonceOf(sent), sent]);
  }

  #forget(sent: SentTransaction): void {
    this.#outbox.write(this.#withoutNonceOf(sent));
  }

  #withoutNonceOf({ chain, nonce, minedIn }: SentTransaction): SentTransaction[] {
    const lowest = (minedIn ?? 0) - FINAL_BLOCKS;
    return this.#outbox
      .read()
      .filter(
        (one) => one.chain === chain && one.nonce !== nonce && (one.minedIn === undefined || one.minedIn > lowest),
      );
  }

  #stoppedAt = (sent: SentTransaction): TacitError =>
    new TacitError(
      "STOPPED",
      `stopped; ${describe(sent)} was sent and may still be mined: whatever this account does next says what has become of it`,
    );
}

const KNOWN = /already[ _]?(known|imported|exists)|known[ _]transaction|already in (the )?(mem|tx|transaction )?pool/i;
const OUTBID = /nonce.*(too[ _]?low|used)|old ?nonce|underpriced|replacement|same nonce/i;

/** All that a node, and ethers about it, says. */
function wordsOf(error: unknown): string {
  const {
    message = "",
    error: inner,
    info,
  } = error as {
    message?: string;
    error?: { message?: string };
    info?: { error?: { message?: string } };
  };
  return [message, inner?.message, info?.error?.message].filter(Boolean).join(" ");
}

const lastOf = ({ signed }: SentTransaction): Transaction => Transaction.from(signed.at(-1)!);
const isSame = (a: Call, b: Call): boolean => a.to === b.to && a.data === b.data && a.value === b.value;
const highest = (fees: Fees | Transaction): bigint =>
  ("maxFeePerGas" in fees ? fees.maxFeePerGas : null) ?? ("gasPrice" in fees ? fees.gasPrice : null) ?? 0n;
const describe = (sent: SentTransaction): string => {
  const { data, hash, nonce } = lastOf(sent);
  return `${stepNameOf(data)} (transaction ${hash}, nonce ${nonce})`;
};
const describeFees = (fees: Fees | Transaction): string => `for at most ${gwei(highest(fees))} gwei a gas`;
