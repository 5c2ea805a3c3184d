import { formatUnits, isCallException, NonceManager } from "ethers";
import type { BaseContract, ContractTransactionReceipt, ContractTransactionResponse, Interface, Signer } from "ethers";
import { TacitError } from "../errors.ts";
import { CASH_DECIMALS } from "../units.ts";
import { interfaceOf } from "./contract.ts";
import type { ContractOf, StepArgs, StepName } from "./contract.ts";

/** What a transaction may ask for at most (EIP-7825). A group of perps and options comes near it: each venue has room to spare. */
const MOST_GAS = 2n ** 24n;

/**
 * Sends a transaction and waits for it. The reason of a revert is found by a call first, so that nothing is paid for it.
 * @throws TacitError `STEP_REVERTED` with the contract's own error name
 */
export async function sendStep<C extends BaseContract, Name extends StepName<C>>(
  contract: C,
  name: Name,
  args: StepArgs<C, Name>,
): Promise<ContractTransactionReceipt> {
  const step = contract.getFunction(name);
  try {
    await step.staticCall(...args);
    // The estimate is for the state of now: a submission that arrives before costs another one more, and a clearing
    // that runs short of gas inside only fails its group. Gas that is not used is not paid.
    const twice = 2n * (await step.estimateGas(...args));
    const gasLimit = twice < MOST_GAS ? twice : MOST_GAS;
    const sent = (await step.send(...args, { gasLimit })) as ContractTransactionResponse;
    const receipt = await sent.wait();
    if (receipt?.status !== 1)
      throw new TacitError(
        "STEP_REVERTED",
        `${name} was mined and reverted: somebody was faster, look at the state again`,
      );
    return receipt;
  } catch (error) {
    // A transaction that was never sent must not leave a gap in the nonces counted here.
    if (contract.runner instanceof NonceManager) contract.runner.reset();
    throw asTacitError(name, contract.interface, error);
  }
}

/** Whether a contract would take a step now, from whoever `contract` is connected to. */
export async function accepts<C extends BaseContract, Name extends StepName<C>>(
  contract: C,
  name: Name,
  args: StepArgs<C, Name>,
): Promise<boolean> {
  return contract
    .getFunction(name)
    .staticCall(...args)
    .then(
      () => true,
      () => false,
    );
}

/** The contract's error as a sentence; other errors as they are. */
function asTacitError(name: string, contractInterface: Interface, error: unknown): unknown {
  if (!isCallException(error)) return error;
  const data = error.data ?? undefined;
  // A contract that calls or creates another passes its errors on.
  const interfaces = [contractInterface, ...(["Vault", "Market", "Desk", "SnapshotOracle"] as const).map(interfaceOf)];
  const parsed =
    error.revert ??
    (data === undefined ? undefined : interfaces.map((one) => one.parseError(data)).find((found) => found !== null));
  const reason = parsed
    ? `${parsed.name}(${[...parsed.args].map(String).join(", ")})`
    : (error.reason ?? data ?? "no reason given");
  return new TacitError("STEP_REVERTED", `${name} was refused by the contract: ${reason}`);
}

/** Lets `spender` take `amount` µUSD of the cash of the account that `cash` is connected to. @throws TacitError `NO_CASH` */
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
      `the account holds $${formatUnits(balance, CASH_DECIMALS)}, and ${purpose} takes $${formatUnits(amount, CASH_DECIMALS)}: get more, or lower the amount`,
    );
  const allowance = await cash.allowance(me, spender);
  if (allowance < amount) await sendStep(cash, "approve", [spender, amount]);
}
