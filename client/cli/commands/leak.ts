import { HOURS_PER_DAY, strategyLeak, takenByNets } from "../../../prover/index.ts";
import type { NetworkOrigin } from "../../../prover/index.ts";
import { readParameters } from "../../node/files.ts";
import { readVaultLeak } from "../../sdk/views/leak.ts";
import { print, withChain } from "../context.ts";
import type { CommonOptions, Output } from "../context.ts";
import { count, percent } from "../../sdk/format.ts";
import { list } from "../text/layout.ts";

const NETWORKS: Readonly<Record<NetworkOrigin, string>> = {
  untrained: "untrained: everybody knows its regime",
  reproducible: "trained with a named seed: whoever has the same prices can train it too",
  own: "nobody else's, as far as the file tells",
};

const MONTH_DAYS = 30;

/** @throws TacitError `NO_FILE`; StrategyError */
export function showStrategyLeak(
  file: string,
  { dealingInterval, vaults, ...output }: Output & { dealingInterval: number; vaults: number },
): void {
  const { parameters, profile, notes } = readParameters(file);
  const found = strategyLeak(profile, parameters, notes);
  const schedule = {
    dealingInterval,
    printsIn720Epochs: Math.floor((MONTH_DAYS * HOURS_PER_DAY) / dealingInterval),
    // As many changes of NAV as there are positions.
    epochsToReadABookAtRest: (found.held + 1) * dealingInterval,
  };
  const company = { vaults, takenByNets: takenByNets(1n, Array<bigint>(vaults - 1).fill(1n)) };
  print(output.json, { ...found, ...schedule, ...company }, () =>
    list([
      ["numbers", `${found.numbers} that are not 0, besides the network's`],
      ["  the template's", `${found.asInTemplate}, of ${found.template}: everybody knows them`],
      ["  round", `${found.round} of the rest: what a dictionary tries first`],
      ["network", NETWORKS[found.network]],
      ["schedule", `a NAV every ${count(dealingInterval, "epoch")}, ${schedule.printsIn720Epochs} in 720`],
      [
        "  a book at rest",
        `of ${count(found.held, "position")} at most is read from ${count(found.held + 1, "NAV")}, in ${count(schedule.epochsToReadABookAtRest, "epoch")}`,
      ],
      [
        "company",
        `${count(vaults, "vault")} of equal size: nets give away ${percent(company.takenByNets)} of an order at most`,
      ],
    ]),
  );
}

/** @throws TacitError `NOT_A_VAULT` */
export const showVaultLeak = (vault: string, options: CommonOptions): Promise<void> =>
  withChain(options, async (chain) => {
    const found = await readVaultLeak(chain, vault);
    print(options.json, found, () =>
      list([
        ["vault", vault],
        [
          "company",
          found.company === 1
            ? "this vault alone: nets are its orders"
            : `${count(found.company, "vault")}, this one too`,
        ],
        ["  by nets", `${percent(found.takenByNets)} of its next order at most`],
        ["schedule", `a NAV every ${count(found.dealingInterval, "epoch")}; ${found.navPrints} printed so far`],
        ["missed epochs", `${found.missedEpochs}: each shows a net without it`],
        ["paying epochs", `${found.payingEpochs}: each is known to have no order of it`],
      ]),
    );
  });
