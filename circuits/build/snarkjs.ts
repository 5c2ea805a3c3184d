import { readFileSync, statSync } from "node:fs";
import { curves, type FileLike, type Logger, zKey } from "snarkjs";

/** snarkjs keeps a pool of worker threads alive for the process; a program that is done must close it. */
export async function closeSnarkjs(): Promise<void> {
  if ((globalThis as { curve_bn128?: object | null }).curve_bn128 == null) return;
  await (await curves.getCurveFromName("bn128")).terminate();
}

/** snarkjs' check of a key leaves files open, so it gets bytes where they fit. */
export function verifyAgainstConstraints(r1cs: string, ptau: string, key: string, logger?: Logger): Promise<boolean> {
  return zKey.verifyFromR1cs(r1cs, inMemory(ptau), inMemory(key), logger);
}

function inMemory(path: string): FileLike {
  return statSync(path).size < 2 ** 30 ? new Uint8Array(readFileSync(path)) : path;
}
