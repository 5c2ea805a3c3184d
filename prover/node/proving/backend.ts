import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CircuitInputs, Proven, ProvingBackend } from "../../proving/port.ts";
import { ProvingError } from "../../proving/errors.ts";
import type { ProvingArtifacts, Reply, Request } from "./messages.ts";

export interface ProvingOptions {
  /** Longest time a job may run, in milliseconds; waiting does not count. */
  readonly timeoutMs?: number;
  /** rapidsnark's prover program; empty: snarkjs; absent: $RAPIDSNARK_PATH, and if that is unset, snarkjs. */
  readonly rapidsnarkPath?: string;
}

interface Job {
  readonly inputs: CircuitInputs;
  resolve(proven: Proven): void;
  reject(error: ProvingError): void;
}

const DEFAULT_TIMEOUT_MS = 300_000;
/** Beside this file and, like it, TypeScript in the repository and JavaScript in the package. */
const WORKER = fileURLToPath(import.meta.url).replace(/backend(\.[jt]s)$/, "worker$1");

/**
 * Starts a process that loads the circuit's files at once and keeps them. An idle backend does not keep the program
 * alive, and the process ends with the program. If it dies, the job in hand fails and the next one starts another.
 */
export function openProvingBackend(
  { wasm, zkey, verificationKey }: ProvingArtifacts,
  options: ProvingOptions = {},
): ProvingBackend {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const rapidsnarkPath = (options.rapidsnarkPath ?? process.env["RAPIDSNARK_PATH"]) || undefined;
  const waiting: Job[] = [];
  let running: Job | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let child: ChildProcess | undefined = start();

  function start(): ChildProcess {
    const started = fork(WORKER, [], {
      // Neither the parent's environment, nor its flags, nor its terminal: nothing goes in or out but messages.
      env: {},
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
      // A process group of its own, so that ending it ends the rapidsnark it may be running.
      detached: true,
    });
    const lost = (): void => {
      if (child !== started) return;
      child = undefined;
      settle((job) =>
        job.reject(new ProvingError("crashed", "The proving process died; the next job starts another.")),
      );
    };
    started.on("exit", lost).on("error", lost);
    started.on("message", (reply: Reply) => {
      settle((job) => {
        if (reply.kind === "proven") job.resolve(reply.proven);
        else job.reject(new ProvingError(reply.code, reply.message));
      });
    });
    send(started, { kind: "open", artifacts: { wasm, zkey, verificationKey }, rapidsnarkPath });
    keepAlive(started, false);
    return started;
  }

  /** Gives the proving process the next job, if it is free. */
  function next(): void {
    if (running !== undefined) return;
    const job = waiting.shift();
    if (job === undefined) return;
    running = job;
    child ??= start();
    keepAlive(child, true);
    timer = setTimeout(
      () => drop(job, new ProvingError("timeout", `The proof took longer than ${timeoutMs} ms.`)),
      timeoutMs,
    );
    try {
      send(child, { kind: "prove", inputs: job.inputs });
    } catch {
      settle(() =>
        job.reject(new ProvingError("inputs", "The inputs are not plain data: give bigints and arrays of them.")),
      );
    }
  }

  /** Ends the job in hand with `outcome` and goes on to the next. */
  function settle(outcome: (job: Job) => void): void {
    if (running === undefined) return;
    const job = running;
    running = undefined;
    clearTimeout(timer);
    if (child !== undefined) keepAlive(child, false);
    outcome(job);
    next();
  }

  /** Takes a job out, whether it waits or runs. */
  function drop(job: Job, error: ProvingError): void {
    if (job === running) {
      // A proof can't be interrupted: its process goes, with the inputs it holds.
      void stop();
      settle(() => job.reject(error));
    } else {
      waiting.splice(waiting.indexOf(job), 1);
      job.reject(error);
    }
  }

  async function stop(): Promise<void> {
    const stopped = child;
    child = undefined;
    if (stopped?.pid === undefined || stopped.exitCode !== null || stopped.signalCode !== null) return;
    keepAlive(stopped, true);
    const ended = new Promise((resolve) => stopped.once("exit", resolve));
    process.kill(-stopped.pid, "SIGKILL");
    await ended;
  }

  return {
    prove(inputs, { signal } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Proven>();
      const cancelled = new ProvingError("cancelled", "The proof was cancelled.");
      if (closed) reject(new ProvingError("closed", "The proving backend is closed."));
      else if (signal?.aborted) reject(cancelled);
      else {
        const job: Job = { inputs, resolve, reject };
        const cancel = (): void => drop(job, cancelled);
        const forget = (): void => signal?.removeEventListener("abort", cancel);
        signal?.addEventListener("abort", cancel);
        promise.then(forget, forget);
        waiting.push(job);
        next();
      }
      return promise;
    },

    async close() {
      closed = true;
      const error = new ProvingError("closed", "The proving backend was closed before the proof was made.");
      for (const job of waiting.splice(0)) job.reject(error);
      const stopped = stop();
      settle((job) => job.reject(error));
      await stopped;
    },
  };
}

function send(child: ChildProcess, request: Request): void {
  // A failure to deliver shows as the end of the process.
  child.send(request, () => {});
}

/** Whether the process and its channel keep the parent's event loop running. */
function keepAlive(child: ChildProcess, on: boolean): void {
  if (on) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}
