import { ContractTransactionReceipt, dataLength, isCallException, toBigInt } from "ethers";
import type {
  BaseContract,
  BlockTag,
  CallExceptionError,
  Interface,
  Result,
  Signer,
  TransactionReceipt,
  TransactionRequest,
} from "ethers";
import { StepReverted, TacitError } from "../errors.ts";
import { usd } from "../format.ts";
import type { ContractOf, StepArgs, StepName } from "./contract.ts";
import { gasLimitFor } from "./gas.ts";
import { describeRefusal, errorOf } from "./refusals.ts";

/** How long an account that the node itself sends for is waited for; a `Sender` has waited already. */
const MINED_WITHIN_MS = 600_000;

/**
 * Sends a transaction and waits until it is mined. Whether it would revert is found out first, so that nothing is paid
 * for it.
 * @throws TacitError `STEP_REVERTED` with the contract's own error name; what the signer throws, a `Sender` above all
 */
export async function sendStep<C extends BaseContract, Name extends StepName<C>>(
  contract: C,
  name: Name,
  args: StepArgs<C, Name>,
): Promise<ContractTransactionReceipt> {
  const signer = contract.runner as Signer;
  const request = await contract.getFunction(name).populateTransaction(...args);
  const receipt = await send(signer, name, request, contract.interface);
  return new ContractTransactionReceipt(contract.interface, signer.provider!, receipt);
}

/**
 * The same of any transaction.
 * @param step what it does, for a person
 * @param face of the contract whose errors it may end with
 */
export async function send(
  signer: Signer,
  step: string,
  request: TransactionRequest,
  face?: Interface,
): Promise<TransactionReceipt> {
  let gasLimit = 0n;
  try {
    gasLimit = gasLimitFor(step, await estimateGas(signer, request));
    const sent = await signer.sendTransaction({ ...request, gasLimit });
    return (await sent.wait(1, MINED_WITHIN_MS))!;
  } catch (error) {
    if (!isCallException(error)) throw error;
    throw error.receipt
      ? new StepReverted(describeReverted(step, error.receipt, gasLimit))
      : refusal(step, error, face);
  }
}

/** Not every node says with an estimate why there is none: a call tells. */
async function estimateGas(signer: Signer, request: TransactionRequest): Promise<bigint> {
  try {
    return await signer.estimateGas(request);
  } catch (error) {
    if (isCallException(error) && !hasReason(error)) await signer.call(request);
    throw error;
  }
}

/**
 * What a step would return in the block to come, from whoever `contract` is connected to; throws where it is refused.
 */
export async function preview<C extends BaseContract, Name extends StepName<C>>(
  contract: C,
  name: Name,
  args: StepArgs<C, Name>,
): Promise<unknown> {
  const call = contract.getFunction(name);
  const at = (blockTag: BlockTag): Promise<unknown> => call.staticCall(...args, { blockTag });
  return at("pending").catch((error: unknown) => {
    if (isCallException(error)) throw error;
    // Not every node knows of a block to come.
    return at("latest");
  });
}

/** Whether a contract would take a step in the block to come, from whoever `contract` is connected to. */
export const accepts = <C extends BaseContract, Name extends StepName<C>>(
  contract: C,
  name: Name,
  args: StepArgs<C, Name>,
): Promise<boolean> =>
  preview(contract, name, args).then(
    () => true,
    () => false,
  );

/** Ethers takes a revert without data for this one. */
const BARE = "require(false)";

const hasReason = ({ data, reason }: CallExceptionError): boolean =>
  (reason !== null && reason !== BARE) || (data !== null && dataLength(data) > 0);

function describeReverted(step: string, { hash, gasUsed }: TransactionReceipt, gasLimit: bigint): string {
  // A call inside may have had all but a 64th of it.
  const isShort = 64n * gasUsed >= 63n * gasLimit;
  return `${step} was mined and reverted, transaction ${hash}: ${isShort ? `it took more gas than its limit of ${gasLimit}, because the state has changed since: try again` : "somebody was faster, look at the state again"}`;
}

function refusal(step: string, { data, revert, reason, info }: CallExceptionError, face?: Interface): StepReverted {
  const refused = `${step} was refused by the contract`;
  const SELECTOR_BYTES = 4;
  const hasSelector = data !== null && dataLength(data) >= SELECTOR_BYTES;
  // A contract that calls or creates another passes its errors on.
  const found = revert ?? (hasSelector ? (face?.parseError(data) ?? errorOf(data)) : undefined);
  if (found && found.name !== "Error" && found.name !== "Panic")
    return new StepReverted(
      `${refused}: ${describeRefusal({ name: found.name, args: found.args as Result })}`,
      found.name,
    );
  if (reason !== null && reason !== BARE) return new StepReverted(`${refused}: ${reason}`);
  if (hasSelector) return new StepReverted(`${refused}: ${data}`);
  const said = (info as { error?: { message?: string } } | undefined)?.error?.message;
  return new StepReverted(`${refused}: no reason given${said === undefined ? "" : ` (the node: ${said})`}`);
}

/**
 * Lets `spender` take `amount` µUSD of the cash of the account that `cash` is connected to. Takes tokens that say
 * nothing of an approval, and those that change one only by way of 0.
 * @throws TacitError `NO_CASH`, `NOT_ALLOWED`
 */
export async function allow(
  cash: ContractOf<"IERC20">,
  spender: string,
  amount: bigint,
  purpose: string,
): Promise<void> {
  const me = await (cash.runner as Signer).getAddress();
  const balance = await cash.balanceOf(me);
  if (balance < amount)
    throw new TacitError(
      "NO_CASH",
      `account ${me} holds ${usd(balance, 6)}, and ${purpose} takes ${usd(amount, 6)}: get more, or lower the amount`,
    );
  const allowed = await cash.allowance(me, spender);
  if (allowed >= amount) return;
  if (allowed > 0n && !(await takesApproval(cash, spender, amount))) await sendStep(cash, "approve", [spender, 0n]);
  await sendStep(cash, "approve", [spender, amount]);
  if ((await cash.allowance(me, spender)) < amount)
    throw new TacitError(
      "NOT_ALLOWED",
      `the cash token ${String(cash.target)} has not taken the approval of ${purpose}`,
    );
}

/** As contracts see it who are careful: refused is what reverts, or answers with anything but yes or nothing. */
async function takesApproval(cash: ContractOf<"IERC20">, spender: string, amount: bigint): Promise<boolean> {
  const signer = cash.runner as Signer;
  return cash.approve
    .populateTransaction(spender, amount)
    .then((request) => signer.call(request))
    .then(
      (answer) => answer === "0x" || toBigInt(answer) === 1n,
      (error: unknown) => {
        if (isCallException(error)) return false;
        throw error;
      },
    );
}
