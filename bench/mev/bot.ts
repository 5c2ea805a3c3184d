import type { BaseContract, ContractTransaction, Signer, TransactionReceipt } from "ethers";
import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import type { GroupOpening } from "../../prover/index.ts";
import type { WholeMarket } from "../../test/support/wholeMarket.ts";
import type { Arena } from "./batch.ts";
import type { Move } from "./pool.ts";

/** More of every token than any sandwich takes. */
export const RICH = 10n ** 30n;
const GAS_LIMIT = 500_000n;
const GWEI = 10n ** 9n;

/** A transaction and who sends it. */
export interface Sent {
  readonly by: Signer;
  readonly transaction: ContractTransaction;
}

/** The sandwich bot: an account, its contract with plenty of all tokens, and blocks it puts in order. */
export class Bot {
  readonly #market: WholeMarket;
  readonly #contract: BaseContract;

  private constructor(market: WholeMarket, contract: BaseContract) {
    this.#market = market;
    this.#contract = contract;
  }

  static async deploy(market: WholeMarket): Promise<Bot> {
    const contract = await deploy(market.attacker, contractArtifact("SandwichBot"));
    for (const token of tokensOf(market))
      await sendStep(token.connect(market.attacker), "mint", [contract.target, RICH]);
    return new Bot(market, contract);
  }

  /** Cash and lots, lots at their true prices, relative to what the bot began with. */
  async worthUsd(arenas: readonly Arena[]): Promise<number> {
    const { cash, spots } = this.#market.local;
    const gained = async (token: BaseContract): Promise<number> =>
      Number(((await token.getFunction("balanceOf")(this.#contract.target)) as bigint) - RICH);
    const cashUsd = (await gained(cash)) / 1e6;
    const lotsUsd = await Promise.all(
      arenas.map(
        async ({ slot, lotSize, truePrice }) => ((await gained(spots.get(slot)!.token)) / Number(lotSize)) * truePrice,
      ),
    );
    return lotsUsd.reduce((a, b) => a + b, cashUsd);
  }

  async moving(move: Move): Promise<Sent> {
    return {
      by: this.#market.attacker,
      transaction: await this.#contract.getFunction("move").populateTransaction([move], { gasLimit: GAS_LIMIT }),
    };
  }

  /** Clears a group and trades around it, all in one transaction. */
  async clear(
    { group, nets, rho }: GroupOpening,
    before: readonly Move[],
    afterwards: readonly Move[],
  ): Promise<TransactionReceipt> {
    return sendStep(this.#contract, "clear", [this.#market.local.market.target, group, nets, rho, before, afterwards]);
  }

  /** Mines one block of these transactions in this order; they may revert. */
  async mine(block: readonly Sent[]): Promise<TransactionReceipt[]> {
    const { provider } = this.#market.connection.ethers;
    await provider.send("evm_setAutomine", [false]);
    try {
      const hashes: string[] = [];
      for (const [i, { by, transaction }] of block.entries()) {
        // The chain takes the highest bid first.
        const maxPriorityFeePerGas = GWEI * BigInt(block.length - i);
        const { hash } = await by.sendTransaction({
          ...transaction,
          gasLimit: GAS_LIMIT,
          maxPriorityFeePerGas,
          maxFeePerGas: 1_000n * GWEI,
        });
        hashes.push(hash);
      }
      await provider.send("evm_mine", []);
      const receipts = await Promise.all(hashes.map(async (hash) => (await provider.getTransactionReceipt(hash))!));
      if (receipts.some((receipt, i) => receipt === null || receipt.index !== i))
        throw new Error("the block was not mined in the bot's order");
      return receipts;
    } finally {
      await provider.send("evm_setAutomine", [true]);
    }
  }
}

export const tokensOf = ({ local }: WholeMarket): BaseContract[] => [
  local.cash,
  ...[...local.spots.values()].map(({ token }) => token),
];
