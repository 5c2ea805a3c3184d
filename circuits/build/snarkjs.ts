// snarkjs keeps a pool of worker threads alive for the process; a program that is done must close it.
import { curves } from "snarkjs";

export async function closeSnarkjs(): Promise<void> {
  if ((globalThis as { curve_bn128?: object | null }).curve_bn128 == null) return;
  await (await curves.getCurveFromName("bn128")).terminate();
}
