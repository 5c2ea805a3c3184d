import { StateFolder } from "../../node/stateFolder.ts";
import type { MarketChain } from "../../sdk/chain/reader.ts";
import { TacitError } from "../../sdk/errors.ts";
import { OwnerTrust } from "../../sdk/roles/trust.ts";
import type { Trusted } from "../../sdk/roles/trust.ts";
import { connect, print, withChain } from "../context.ts";
import type { CommonOptions, PartyOptions } from "../context.ts";
import { list } from "../text/layout.ts";

/** Options of commands that decide and seal. */
export interface TrustOptions {
  /** A second node, which has to show the same. */
  secondRpc?: string[];
}

/** What an owner is told when it takes a node's word for the first time. */
export const FIRST_TRUST =
  "the committee and the reporters that the node shows are accepted from now on: compare the fingerprint with what members publish, or with another node's (tacit owner trust)";

/** What an owner has accepted, to be closed with its second node. */
export async function trustOf(
  { secondRpc, ...options }: CommonOptions & TrustOptions,
  chain: MarketChain,
  state: StateFolder,
): Promise<OwnerTrust & { close(): void }> {
  const second = secondRpc === undefined ? undefined : await connect({ ...options, rpc: secondRpc });
  const trust = new OwnerTrust({ chain, state, ...(second === undefined ? {} : { second }) });
  return Object.assign(trust, { close: () => second?.provider.destroy() });
}

/** Prints whom an owner trusts beside whom the node shows; with `accept`, takes the node's. */
export const showTrust = (options: PartyOptions & { accept?: string }): Promise<void> =>
  withChain(options, async (chain) => {
    const state = StateFolder.existing(options.state);
    const trust = new OwnerTrust({ chain, state });
    const shown = await trust.shown();
    if (options.accept !== undefined) {
      if (options.accept.toLowerCase() !== shown.committee)
        throw new TacitError(
          "COMMITTEE_CHANGED",
          `the node shows a committee with the fingerprint ${shown.committee}, not ${options.accept}: nothing is accepted. Ask another node (--rpc)`,
        );
      trust.accept(shown);
    }
    const accepted = trust.accepted();
    const same = accepted !== undefined && areSame(accepted, shown);
    print(options.json, { shown, accepted: accepted ?? null, same }, () =>
      [
        "the node shows",
        list(rows(shown)),
        "",
        ...(same
          ? ["and so it was accepted"]
          : accepted === undefined
            ? ["nothing is accepted yet: the first run or decision accepts what its node shows"]
            : [
                "accepted is",
                list(rows(accepted)),
                "",
                `tacit owner trust --accept ${shown.committee} takes the node's`,
              ]),
      ].join("\n"),
    );
  });

const rows = ({ committee, reporters, quorum }: Trusted): [string, string][] => [
  ["committee", committee],
  ["reporters", `${reporters.join(", ")}; ${quorum} have to sign`],
];

const areSame = (one: Trusted, other: Trusted): boolean =>
  one.committee === other.committee &&
  one.quorum === other.quorum &&
  [...one.reporters].sort().join() === [...other.reporters].sort().join();
