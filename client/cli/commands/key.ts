import { computeAddress } from "ethers";
import { StateFolder } from "../../node/stateFolder.ts";
import { print } from "../context.ts";
import type { Output } from "../context.ts";
import { list } from "../text/layout.ts";

/** Makes a party's keys where there are none, and says what to keep a copy of. */
export function showKey(options: Output & { state: string }): void {
  const state = new StateFolder(options.state);
  const account = state.wallet().address;
  const isFromSeed = computeAddress(state.derivedKey()) === account;
  const keep = [state.file("seed"), ...(isFromSeed ? [] : [state.file("key.hex")])];
  print(options.json, { account, keep }, () =>
    list([
      ["account", account],
      [
        "keep a copy of",
        `${keep.join(" and ")}, and of strategy files. All else comes back from it and the chain: an empty folder with ${isFromSeed ? "this file" : "these files"} is this party again`,
      ],
      ["tell nobody", "whoever has it acts for this account, and reads its books, past ones too"],
    ]),
  );
}
