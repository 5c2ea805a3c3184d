import type { GroupClearing } from "../../client/sdk/chain/types.ts";
import type { Profile } from "../../prover/index.ts";

/**
 * What each vault holds, kept by the book-keeping a depositor would do on paper: an order of a cleared group moves
 * positions, and costs reference and charge; one of any other group does nothing. Knows no settle words and no circuit,
 * so that it can disagree with them.
 */
export class Ledger {
  readonly #profile: Profile;
  readonly #accounts = new Map<string, { positions: bigint[]; cashMicroUsd: bigint }>();
  /** Charges on orders that crossed each other, (gross − |net|)·charge of every slot so far, µUSD. */
  crossingChargesMicroUsd = 0n;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  of(vault: string): { positions: bigint[]; cashMicroUsd: bigint } {
    let account = this.#accounts.get(vault);
    if (account === undefined)
      this.#accounts.set(
        vault,
        (account = { positions: Array<bigint>(this.#profile.slots).fill(0n), cashMicroUsd: 0n }),
      );
    return account;
  }

  /** @param marks µUSD per lot and slot */
  navMicroUsd(vault: string, marks: readonly bigint[]): bigint {
    const { positions, cashMicroUsd } = this.of(vault);
    return positions.reduce((sum, q, i) => sum + q * marks[i]!, cashMicroUsd);
  }

  flow(vault: string, cashFlowMicroUsd: bigint): void {
    this.of(vault).cashMicroUsd += cashFlowMicroUsd;
  }

  /** A group was cleared; `orders` are those of the batch, by vault. */
  fill(
    { group, nets, references, charges }: Pick<GroupClearing, "group" | "nets" | "references" | "charges">,
    orders: ReadonlyMap<string, readonly bigint[]>,
  ): void {
    for (let k = 0; k < this.#profile.groupSlots; k++) {
      const slot = group * this.#profile.groupSlots + k;
      let gross = 0n;
      for (const [vault, order] of orders) {
        const size = abs(order[slot]!);
        const account = this.of(vault);
        account.positions[slot]! += order[slot]!;
        account.cashMicroUsd -= order[slot]! * references[k]! + size * charges[k]!;
        gross += size;
      }
      this.crossingChargesMicroUsd += (gross - abs(nets[k]!)) * charges[k]!;
    }
  }
}

export const abs = (x: bigint): bigint => (x < 0n ? -x : x);
