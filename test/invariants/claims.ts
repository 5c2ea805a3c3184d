import type { EpochFacts } from "./facts.ts";

/** What must hold after every epoch, whatever anybody did in it. Each gives what contradicts it. */
export interface Invariant {
  claim: string;
  contradictions(facts: EpochFacts): string[];
}

const unless = (ok: boolean, complaint: string): string[] => (ok ? [] : [complaint]);

export const INVARIANTS: readonly Invariant[] = [
  {
    claim: "the vaults' positions and the inventory are exactly the tokens the market holds",
    contradictions: ({ slots }) =>
      slots.flatMap(({ slot, booksLots, inventoryLots, positionLots, heldUnits, lotSize }) => [
        ...unless(
          booksLots + inventoryLots === positionLots,
          `slot ${slot}: books ${booksLots}, inventory ${inventoryLots}, the market counts ${positionLots} lots`,
        ),
        ...unless(
          positionLots * lotSize === heldUnits,
          `slot ${slot}: ${positionLots} lots of ${lotSize}, ${heldUnits} token units are there`,
        ),
      ]),
  },
  {
    claim:
      "the market's cash is the vaults' cash, inventory, insurance and the charges on orders that crossed, to the micro-dollar",
    contradictions: ({ cash: { held, books, inventory, insurance, crossingCharges } }) =>
      unless(
        held === books + inventory + insurance + crossingCharges,
        `holds ${held}, accounts ${books} + ${inventory} + ${insurance} + ${crossingCharges}`,
      ),
  },
  {
    claim: "no account but the inventory's is ever negative, and the market can always pay all of them",
    contradictions: ({ cash: { held, books, inventory, insurance }, vaults }) => [
      ...unless(held - books - inventory - insurance >= 0n, `${held - books - inventory - insurance} µUSD are missing`),
      ...unless(insurance >= 0n, `insurance ${insurance}`),
      ...vaults.flatMap(({ vault, cashMicroUsd, positions }) => [
        ...unless(cashMicroUsd >= 0n, `${vault} owes ${cashMicroUsd} µUSD to the others`),
        ...unless(
          positions.every((q) => q >= 0n),
          `${vault} is short of what can't be short: ${positions.join(", ")}`,
        ),
      ]),
    ],
  },
  {
    claim: "every net that was opened is the sum of the sealed orders",
    contradictions: ({ openings }) =>
      openings.flatMap(({ group, nets, orderSums }) =>
        unless(
          nets.join() === orderSums.join(),
          `group ${group}: opened ${nets.join()}, orders add up to ${orderSums.join()}`,
        ),
      ),
  },
  {
    claim: "a book settled by the chain's words is what paper book-keeping of the public clearing says",
    contradictions: ({ vaults }) =>
      vaults.flatMap(({ vault, positions, cashMicroUsd, onPaper }) => [
        ...unless(
          positions.join() === onPaper.positions.join(),
          `${vault} holds ${positions.join()}, on paper ${onPaper.positions.join()}`,
        ),
        ...unless(
          cashMicroUsd === onPaper.cashMicroUsd,
          `${vault} has ${cashMicroUsd} µUSD, on paper ${onPaper.cashMicroUsd}`,
        ),
      ]),
  },
  {
    claim: "a NAV that is printed is that of the book, and none is printed between dealings",
    contradictions: ({ prints }) =>
      prints.flatMap(({ vault, dealing, printed, onPaper }) =>
        unless(
          printed === (dealing ? onPaper : 0n),
          `${vault} printed ${printed}, on paper ${onPaper}, dealing ${dealing}`,
        ),
      ),
  },
  {
    claim: "a dealing moves the share price by rounding alone, and never against those who stay",
    contradictions: ({ dealings }) =>
      dealings.flatMap(({ vault, navBefore, supplyBefore, navAfter, supplyAfter }) => {
        const [assets, shares] = [navBefore + 1n, supplyBefore + 1_000_000n];
        const gain = (navAfter + 1n) * shares - assets * (supplyAfter + 1_000_000n);
        // Shares issued and cash paid are each rounded down by less than a unit.
        return unless(
          gain >= 0n && gain <= shares + assets,
          `${vault}: price moved from ${assets}/${shares} to ${navAfter + 1n}/${supplyAfter + 1_000_000n}`,
        );
      }),
  },
  {
    claim: "depositors together can't claim more shares or cash than was dealt",
    contradictions: ({ claims }) =>
      claims.flatMap(({ vault, sharesIssued, claimedShareUnits, cashPaid, cashClaimed }) => [
        ...unless(claimedShareUnits <= sharesIssued, `${vault}: ${claimedShareUnits} of ${sharesIssued} shares`),
        ...unless(cashClaimed <= cashPaid, `${vault}: ${cashClaimed} of ${cashPaid} µUSD`),
      ]),
  },
  {
    claim: "a vault's own cash covers what it owes: undealt deposits and redemptions not yet claimed",
    contradictions: ({ claims }) =>
      claims.flatMap(({ vault, ownCash, owed }) =>
        unless(ownCash >= owed, `${vault} holds ${ownCash} and owes ${owed} µUSD`),
      ),
  },
  {
    claim: "a group that lapsed, was cancelled or halted fills nobody's order, and a cleared one fills everybody's",
    contradictions: ({ openings, fills }) => {
      const cleared = new Set(openings.map(({ group }) => group));
      return fills.flatMap(({ vault, groupFilled }) =>
        groupFilled.flatMap((filled, group) =>
          unless(
            filled === cleared.has(group),
            `${vault}: group ${group} ${filled ? "filled" : "not filled"}, ${cleared.has(group) ? "cleared" : "not cleared"}`,
          ),
        ),
      );
    },
  },
  {
    claim: "the fills of a vault that has fallen silent stay as they were, and are settled when it is back",
    contradictions: ({ silent }) =>
      silent.flatMap(({ vault, before, now }) =>
        unless(before === now, `${vault}: settle words were ${before}, are ${now}`),
      ),
  },
  {
    claim: "an epoch with a halt carries no order",
    contradictions: ({ halted, orders }) =>
      halted
        ? [...orders].flatMap(([vault, order]) =>
            unless(
              order.every((delta) => delta === 0n),
              `${vault} ordered ${order.join()}`,
            ),
          )
        : [],
  },
  {
    claim: "the market always moves on to wait for the next snapshot",
    contradictions: ({ epoch, after }) =>
      unless(
        after.phase === "await snapshot" && after.epoch === epoch,
        `epoch ${epoch} ended in epoch ${after.epoch}, phase ${after.phase}`,
      ),
  },
];
