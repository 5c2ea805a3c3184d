// The one phase-2 contribution of a development key: a beacon whose value is public.
//
// snarkjs applies a contribution to a finished key by multiplying tens of thousands of points. Since
// this delta is public like the rest of the trapdoor, the points can be made with it from the start;
// what remains is the record, which is computed here as snarkjs does. A test compares the bytes.
import { createHash } from "node:crypto";
import { blake2b } from "@noble/hashes/blake2.js";
import { buildBn128, ChaCha, type CurveGroup, type Element } from "ffjavascript";
import { DEV_BEACON, DEV_BEACON_ITERATIONS, DEV_CONTRIBUTION_NAME } from "./trapdoor.ts";

export interface DevContribution {
  readonly delta: bigint;
  /** The .zkey's record of the contribution, given the hash of the circuit and key before it. */
  record(circuitHash: Uint8Array): Uint8Array;
}

const BEACON = 1;
const PARAMETER = { name: 1, iterations: 2, beacon: 3 } as const;

export async function devContribution(): Promise<DevContribution> {
  const { G1, G2, Fr } = await buildBn128(true);
  let value: Uint8Array = Buffer.from(DEV_BEACON, "hex");
  for (let i = 0; i < 2 ** DEV_BEACON_ITERATIONS; i++) value = createHash("sha256").update(value).digest();

  // Secret and proof of knowledge come from one stream, in this order.
  const stream = new ChaCha(seedOf(value));
  const secret = Fr.fromRng(stream);
  const base1 = G1.toAffine(G1.fromRng(stream));
  const image1 = G1.toAffine(G1.timesFr(base1, secret));
  const deltaAfter = G1.toAffine(G1.timesFr(G1.g, secret));

  return {
    delta: Fr.toObject(secret),
    record(circuitHash) {
      const transcript = blake2b
        .create({ dkLen: 64 })
        .update(circuitHash)
        .update(hashable(G1, base1))
        .update(hashable(G1, image1))
        .digest();
      const base2 = G2.fromRng(new ChaCha(seedOf(transcript)));
      const image2 = G2.toAffine(G2.timesFr(base2, secret));
      const name = Buffer.from(DEV_CONTRIBUTION_NAME);
      const beacon = Buffer.from(DEV_BEACON, "hex");
      const parameters = Buffer.concat([
        Buffer.from([PARAMETER.name, name.length]),
        name,
        Buffer.from([PARAMETER.iterations, DEV_BEACON_ITERATIONS, PARAMETER.beacon, beacon.length]),
        beacon,
      ]);
      return Buffer.concat([
        stored(G1, deltaAfter),
        stored(G1, base1),
        stored(G1, image1),
        stored(G2, image2),
        transcript,
        u32(BEACON),
        u32(parameters.length),
        parameters,
      ]);
    },
  };
}

function seedOf(hash: Uint8Array): number[] {
  const view = new DataView(hash.buffer, hash.byteOffset);
  return Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i));
}

function stored<C>(group: CurveGroup<C>, point: Element): Uint8Array {
  const bytes = new Uint8Array(group.F.n8 * 2);
  group.toRprLEM(bytes, 0, point);
  return bytes;
}

function hashable<C>(group: CurveGroup<C>, point: Element): Uint8Array {
  const bytes = new Uint8Array(group.F.n8 * 2);
  group.toRprUncompressed(bytes, 0, point);
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
