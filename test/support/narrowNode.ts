import type { Lie } from "./lyingNode.ts";

/** A node that refuses logs of more blocks, or more of them, than it likes, in the words of one that is there. */
export const narrowNode =
  ({ blocks = Infinity, results = Infinity }: { blocks?: number; results?: number }): Lie =>
  (method, params, result) => {
    if (method !== "eth_getLogs") return result;
    const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
    if (!(Number(toBlock) - Number(fromBlock) + 1 <= blocks))
      throw new Error(`eth_getLogs is limited to a ${blocks} block range`);
    if ((result as unknown[]).length > results) throw new Error(`query returned more than ${results} results`);
    return result;
  };
