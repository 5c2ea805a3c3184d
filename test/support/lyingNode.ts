import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BrowserProvider } from "ethers";
import type { Provider } from "ethers";

/** Changes a node's answers. Gets the method, its parameters and the true result; gives the result to be told. */
export type Lie = (method: string, params: readonly unknown[], result: unknown) => unknown;

/** Something that answers JSON-RPC, like Hardhat's in-process chain. */
export interface Node {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>;
}

const ask = async (node: Node, lie: Lie, method: string, params: unknown[]): Promise<unknown> =>
  lie(method, params, structuredClone(await node.request({ method, params })));

/** The chain behind `node` as a node would show it that lies in one place. Reads only. */
export const lyingNode = (node: Node, lie: Lie): Provider =>
  new BrowserProvider(
    { request: ({ method, params = [] }) => ask(node, lie, method, params as unknown[]) },
    undefined,
    { cacheTimeout: -1 },
  );

type Call = { id: unknown; method: string; params?: unknown[] };

/** The same over HTTP, for programs of their own. */
export async function serveLyingNode(node: Node, lie: Lie): Promise<{ url: string; close(): void }> {
  const answer = async ({ id, method, params = [] }: Call): Promise<object> =>
    ask(node, lie, method, params).then(
      (result) => ({ jsonrpc: "2.0", id, result }),
      ({ message, data }: Error & { data?: unknown }) => ({
        jsonrpc: "2.0",
        id,
        error: { code: -32_000, message, data },
      }),
    );
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const calls = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(Array.isArray(calls) ? await Promise.all(calls.map(answer)) : await answer(calls)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

interface Log {
  address: string;
  topics: string[];
  data: string;
}

/** Changes the logs with a topic; undefined drops one. */
export const aboutLogs =
  (topic: string, change: (log: Log) => Log | undefined): Lie =>
  (method, _, result) =>
    method === "eth_getLogs"
      ? (result as Log[]).flatMap((log) => (log.topics[0] === topic ? (change(log) ?? []) : [log]))
      : result;

/** Changes the calldata of one transaction. */
export const aboutCalldata =
  (hash: string, change: (data: string) => string): Lie =>
  (method, [asked], result) =>
    method === "eth_getTransactionByHash" && asked === hash
      ? { ...(result as object), input: change((result as { input: string }).input) }
      : result;

/** Changes the code of one contract. */
export const aboutCode =
  (address: string, change: (code: string) => string): Lie =>
  (method, [asked], result) =>
    method === "eth_getCode" && String(asked).toLowerCase() === address.toLowerCase()
      ? change(result as string)
      : result;
