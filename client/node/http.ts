import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Refusal, TacitError } from "../sdk/errors.ts";
import { toJson } from "../sdk/json.ts";

/**
 * A route gets the path's segments after its name and returns JSON, or undefined for 404; a `Refusal` is answered with
 * 403 and why.
 */
export type Route = (...segments: string[]) => unknown | Promise<unknown>;

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
