// A pool of workers that turn scalars into multiples of the group generators.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { buildBn128 } from "ffjavascript";
import { packScalars } from "../field.ts";
import { CHUNK, type Group, type Request, type Response, type WorkerSetup } from "./fixedBaseWorker.ts";

export interface Points {
  readonly points: Uint8Array;
  readonly hashable: Uint8Array | undefined;
}

export interface Waiting {
  readonly worker: Worker;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

export class FixedBasePool {
  readonly #idle: Worker[];
  readonly #all: readonly Worker[];
  readonly #queue: (() => void)[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #failure: Error | undefined;

  private constructor(workers: readonly Worker[]) {
    this.#all = workers;
    this.#idle = [...workers];
    for (const worker of workers) {
      worker.on("message", (response: Response) => {
        const waiting = this.#waiting.get(response.id);
        this.#waiting.delete(response.id);
        this.#idle.push(worker);
        waiting?.resolve(response);
        this.#queue.shift()?.();
      });
      worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    }
  }

  static async start(workers = availableParallelism()): Promise<FixedBasePool> {
    const curve = await buildBn128(true);
    const setup: WorkerSetup = {
      module: await WebAssembly.compile(curve.tm.code),
      generators: { g1: curve.G1.g, g2: curve.G2.g },
    };
    await curve.terminate();
    const entry = new URL("./fixedBaseWorker.ts", import.meta.url);
    return new FixedBasePool(Array.from({ length: workers }, () => new Worker(entry, { workerData: setup })));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const wake of this.#queue.splice(0)) wake();
  }

  async #request(group: Group, scalars: Uint8Array<ArrayBuffer>, hashable: boolean): Promise<Response> {
    while (this.#idle.length === 0 && this.#failure === undefined) {
      await new Promise<void>((wake) => this.#queue.push(wake));
    }
    if (this.#failure !== undefined) throw this.#failure;
    const worker = this.#idle.pop()!;
    const id = this.#nextId++;
    const request: Request = { id, group, scalars, hashable };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { worker, resolve, reject });
      worker.postMessage(request, [scalars.buffer]);
    });
  }

  /** Points of the scalars, in order, handed over in pieces as they become ready. */
  async each(
    group: Group,
    scalars: readonly bigint[],
    take: (piece: Points, count: number) => void,
    hashable = false,
  ): Promise<void> {
    // A window of pieces is in flight; they are taken in order, so the writer needs no seeking.
    const inFlight: Promise<readonly [Response, number]>[] = [];
    const takeFirst = async (): Promise<void> => {
      const [response, count] = await inFlight.shift()!;
      take(response, count);
    };
    for (let from = 0; from < scalars.length; from += CHUNK) {
      const to = Math.min(scalars.length, from + CHUNK);
      const request = this.#request(group, packScalars(scalars, from, to), hashable);
      const piece = request.then((response) => [response, to - from] as const);
      piece.catch(() => {}); // reported when its turn comes
      inFlight.push(piece);
      if (inFlight.length > 2 * this.#all.length) await takeFirst();
    }
    while (inFlight.length > 0) await takeFirst();
  }

  async all(group: Group, scalars: readonly bigint[], hashable = false): Promise<Points> {
    const points: Uint8Array[] = [];
    const hashables: Uint8Array[] = [];
    await this.each(
      group,
      scalars,
      (piece) => {
        points.push(piece.points);
        if (piece.hashable !== undefined) hashables.push(piece.hashable);
      },
      hashable,
    );
    return { points: Buffer.concat(points), hashable: hashable ? Buffer.concat(hashables) : undefined };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }
}
