import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Refusal, TacitError } from "../sdk/errors.ts";

/** A route gets the path's segments after its name and returns JSON, or undefined for 404; a `Refusal` is answered with 403 and why. */
export type Route = (...segments: string[]) => unknown | Promise<unknown>;

/** JSON with bigints as decimal strings. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v), indent);

/**
 * Serves what a party publishes off chain (a reporter's signed snapshot, a member's signed sums and shares).
 * Read only: there is no route that takes a body. Listens on 127.0.0.1 unless told otherwise.
 */
export async function serve(
  routes: Record<string, Route>,
  port: number,
  host = "127.0.0.1",
): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(toJson(body));
    };
    const [name = "", ...segments] = (request.url ?? "/").split("?")[0]!.split("/").filter(Boolean);
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (request.method !== "GET" || route === undefined) return answer(404, { error: "no such resource" });
    Promise.resolve()
      .then(() => route(...segments))
      .then(
        (body) => (body === undefined ? answer(404, { error: "nothing published yet" }) : answer(200, body)),
        (error: unknown) =>
          error instanceof Refusal
            ? answer(403, { error: error.message, code: error.code })
            : answer(500, { error: "internal error" }),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new TacitError("PORT_TAKEN", `port ${port} is in use: choose another with --port`)
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

/** Largest answer read from a peer; a standard snapshot takes about 15 kB. */
const MAX_ANSWER_BYTES = 1 << 20;

/** GET as JSON; undefined when the peer has nothing, is away or says too much (a silent peer is normal, not an error). */
export async function fetchJson<T>(url: string, timeoutMs = 5_000): Promise<T | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok || response.body === null) return undefined;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as T;
  } catch {
    return undefined;
  }
}
