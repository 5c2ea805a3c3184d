// Reads circom's .r1cs: the circuit's size, and its constraints one after the other.
import { BinFileReader } from "./binfile.ts";
import { R } from "./field.ts";

const HEADER = 1;
const CONSTRAINTS = 2;
const CUSTOM_GATES = 4;

export interface R1csHeader {
  readonly wires: number;
  readonly publicOutputs: number;
  readonly publicInputs: number;
  readonly privateInputs: number;
  readonly constraints: number;
  /** log2 of the Groth16 domain: room for every constraint and one row for each public signal and the one-wire. */
  readonly domainLog: number;
}

export interface Term {
  readonly wire: number;
  readonly coefficient: bigint;
}

export type LinearCombination = readonly Term[];
export type Constraint = readonly [LinearCombination, LinearCombination, LinearCombination];

export class R1csReader {
  readonly header: R1csHeader;
  readonly #file: BinFileReader;

  constructor(path: string) {
    this.#file = new BinFileReader(path, "r1cs");
    const head = this.#file.read(HEADER);
    const fieldBytes = head.readUInt32LE(0);
    if (fieldBytes !== 32 || readScalar(head, 4) !== R) throw new Error(`${path} is not over the BN254 scalar field`);
    if (this.#file.has(CUSTOM_GATES) && this.#file.range(CUSTOM_GATES).size > 4) {
      throw new Error(`${path} uses custom gates, which Groth16 has not`);
    }
    const publicOutputs = head.readUInt32LE(40);
    const publicInputs = head.readUInt32LE(44);
    const constraints = head.readUInt32LE(60);
    const rows = constraints + publicOutputs + publicInputs;
    this.header = {
      wires: head.readUInt32LE(36),
      publicOutputs,
      publicInputs,
      privateInputs: head.readUInt32LE(48),
      constraints,
      domainLog: Math.floor(Math.log2(Math.max(1, rows))) + 1,
    };
  }

  *constraints(): Generator<Constraint> {
    const bytes = this.#file.read(CONSTRAINTS);
    let position = 0;
    const combination = (): LinearCombination => {
      const count = bytes.readUInt32LE(position);
      position += 4;
      const terms = new Array<Term>(count);
      for (let i = 0; i < count; i++) {
        terms[i] = { wire: bytes.readUInt32LE(position), coefficient: readScalar(bytes, position + 4) };
        position += 36;
      }
      return terms;
    };
    for (let i = 0; i < this.header.constraints; i++) yield [combination(), combination(), combination()];
  }

  close(): void {
    this.#file.close();
  }
}

export function readR1csHeader(path: string): R1csHeader {
  const reader = new R1csReader(path);
  reader.close();
  return reader.header;
}

function readScalar(bytes: Buffer, position: number): bigint {
  const low = bytes.readBigUInt64LE(position) | (bytes.readBigUInt64LE(position + 8) << 64n);
  const high = bytes.readBigUInt64LE(position + 16) | (bytes.readBigUInt64LE(position + 24) << 64n);
  return low | (high << 128n);
}
