import { BrowserProvider } from "ethers";
import type { Provider } from "ethers";

/** Changes a node's answers. Gets the method, its parameters and the true result; gives the result to be told. */
export type Lie = (method: string, params: readonly unknown[], result: unknown) => unknown;

/** Something that answers JSON-RPC, like Hardhat's in-process chain. */
export interface Node {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

/** The chain behind `node` as a node would show it that lies in one place. Reads only. */
export function lyingNode(node: Node, lie: Lie): Provider {
  const request = async ({ method, params = [] }: { method: string; params?: unknown[] | Record<string, unknown> }): Promise<unknown> => {
    const list = params as unknown[];
    const result = await node.request({ method, params: list });
    return lie(method, list, structuredClone(result));
  };
  return new BrowserProvider({ request }, undefined, { cacheTimeout: -1 });
}

interface Log {
  address: string;
  topics: string[];
  data: string;
}

/** Changes the logs with a topic; undefined drops one. */
export const aboutLogs = (topic: string, change: (log: Log) => Log | undefined): Lie => (method, _, result) =>
  method === "eth_getLogs" ? (result as Log[]).flatMap((log) => (log.topics[0] === topic ? (change(log) ?? []) : [log])) : result;

/** Changes the calldata of one transaction. */
export const aboutCalldata = (hash: string, change: (data: string) => string): Lie => (method, [asked], result) =>
  method === "eth_getTransactionByHash" && asked === hash ? { ...(result as object), input: change((result as { input: string }).input) } : result;

/** Changes the code of one contract. */
export const aboutCode = (address: string, change: (code: string) => string): Lie => (method, [asked], result) =>
  method === "eth_getCode" && String(asked).toLowerCase() === address.toLowerCase() ? change(result as string) : result;
