import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { keccak256 } from "ethers";
import type { Node } from "./lyingNode.ts";

/** What a public node does to those who use it. Changed while it runs. */
export interface Faults {
  /** Transactions that it takes, gives a hash for, and forgets. */
  forgets?: number;
  /** HTTP status of every answer, with what it says: JSON as it is, text as a page. */
  status?: { code: number; body: string };
  /** One of so many requests is refused with 429. */
  refusesEach?: number;
  /** A JSON-RPC error in place of an answer, by method; "" for all. */
  errors?: Readonly<Record<string, { code: number; message: string }>>;
  /** Takes requests and never answers. */
  hangs?: boolean;
  /** Closes connections. */
  drops?: boolean;
}

export interface FaultyNode {
  readonly url: string;
  faults: Faults;
  /** Requests by method. */
  readonly asked: Map<string, number>;
  close(): void;
}

type Call = { id: unknown; method: string; params?: unknown[] };

/** A node with faults before one that works. */
export async function serveFaultyNode(node: Node, faults: Faults = {}): Promise<FaultyNode> {
  let requests = 0;
  const asked = new Map<string, number>();
  const answer = async ({ id, method, params = [] }: Call): Promise<object> => {
    asked.set(method, (asked.get(method) ?? 0) + 1);
    const error = served.faults.errors?.[method] ?? served.faults.errors?.[""];
    if (error !== undefined) return { jsonrpc: "2.0", id, error };
    if (method === "eth_sendRawTransaction" && (served.faults.forgets ?? 0) > 0) {
      served.faults.forgets!--;
      return { jsonrpc: "2.0", id, result: keccak256(params[0] as string) };
    }
    try {
      return { jsonrpc: "2.0", id, result: await node.request({ method, params }) };
    } catch (failure) {
      const { message, data } = failure as Error & { data?: unknown };
      return { jsonrpc: "2.0", id, error: { code: -32_000, message, data } };
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      requests++;
      const { hangs, drops, status, refusesEach } = served.faults;
      if (hangs) return;
      if (drops) return void request.socket.destroy();
      if (refusesEach !== undefined && requests % refusesEach === 0)
        return void response
          .writeHead(429)
          .end('{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Too many requests"}}');
      if (status !== undefined) return void response.writeHead(status.code).end(status.body);
      const calls = JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[];
      const answers = Array.isArray(calls) ? await Promise.all(calls.map(answer)) : await answer(calls);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answers));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const served: FaultyNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return served;
}
