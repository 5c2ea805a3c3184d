import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import type { Groth16Proof } from "snarkjs";
import { ProvingError } from "../../proving/errors.ts";

/** Linux's memory-backed file system. */
const MEMORY_FOLDER = "/dev/shm";

/**
 * Proves with the rapidsnark program, about five times faster than snarkjs.
 *
 * rapidsnark maps its witness into memory, so it can't read it from a pipe. It gets a file in RAM whose name is gone
 * before the first secret byte is written: only holders of the descriptor, this process and rapidsnark, can open it,
 * as /dev/fd/3, and it ceases to exist with them. Like any process memory it may be swapped out. The proof comes back
 * the same way. rapidsnark's own copy of the public signals is not used.
 *
 * @returns the proof as snarkjs writes it, unverified
 * @throws ProvingError "files" if the program or the RAM file system is missing, "crashed" if the program fails
 */
export async function proveWithRapidsnark(
  programPath: string,
  zkeyPath: string,
  wtns: Uint8Array,
): Promise<Groth16Proof> {
  const witnessFd = openNamelessFile();
  const proofFd = openNamelessFile();
  try {
    writeFileSync(witnessFd, wtns);
    await run(programPath, [zkeyPath, "/dev/fd/3", "/dev/fd/4", "/dev/null"], [witnessFd, proofFd]);
    // rapidsnark's C++ buffer may leave a terminating zero behind the JSON.
    return JSON.parse(readFileSync(proofFd, "utf8").replace(/\0+$/, ""));
  } finally {
    closeSync(witnessFd);
    closeSync(proofFd);
  }
}

function openNamelessFile(): number {
  if (!existsSync(MEMORY_FOLDER)) {
    throw new ProvingError(
      "files",
      `rapidsnark needs ${MEMORY_FOLDER} to keep the witness off the disk: unset RAPIDSNARK_PATH to prove with snarkjs.`,
    );
  }
  const path = `${MEMORY_FOLDER}/tacit-${randomBytes(16).toString("hex")}`;
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return fd;
}

function run(programPath: string, args: string[], fds: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // What the program prints may quote its input: it is not kept.
    const child = spawn(programPath, args, { stdio: ["ignore", "ignore", "ignore", ...fds], env: {} });
    child.on("error", () => reject(new ProvingError("files", `Can't run ${programPath}: check RAPIDSNARK_PATH.`)));
    child.on("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new ProvingError("crashed", `rapidsnark ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}
