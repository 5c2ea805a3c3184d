// Multiplies the generator of G1 or G2 by many scalars, from a table of its multiples: one mixed
// addition for each window of a scalar instead of a full double-and-add. Runs in a worker thread on
// the same WebAssembly curve code that snarkjs proves with.
import { parentPort, workerData } from "node:worker_threads";

export type Group = "g1" | "g2";

export interface WorkerSetup {
  readonly module: WebAssembly.Module;
  /** Generators in the curve's own (Montgomery, Jacobian) form. */
  readonly generators: Readonly<Record<Group, Uint8Array>>;
}

export interface Request {
  readonly id: number;
  readonly group: Group;
  /** 32 bytes a scalar, little-endian, below the group order. */
  readonly scalars: Uint8Array<ArrayBuffer>;
  /** Also return the points as snarkjs hashes them: big-endian, uncompressed. */
  readonly hashable: boolean;
}

export interface Response {
  readonly id: number;
  /** Affine, little-endian Montgomery, as the key files hold them. */
  readonly points: Uint8Array<ArrayBuffer>;
  readonly hashable: Uint8Array<ArrayBuffer> | undefined;
}

const WINDOW = 11;
const WINDOWS = Math.ceil(254 / WINDOW);
const ENTRIES = (1 << WINDOW) - 1;
const FIELD_BYTES: Readonly<Record<Group, number>> = { g1: 32, g2: 64 };
export const CHUNK = 4096;

type WasmFunction = (...args: number[]) => number;

interface Table {
  readonly address: number;
  readonly affine: number;
  readonly jacobian: number;
}

class FixedBase {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: WebAssembly.Exports;
  readonly #generators: WorkerSetup["generators"];
  readonly #tables = new Map<Group, Table>();
  readonly #jacobians: number;
  readonly #affines: number;
  readonly #hashables: number;

  constructor(setup: WorkerSetup) {
    this.#memory = new WebAssembly.Memory({ initial: 64 });
    this.#exports = new WebAssembly.Instance(setup.module, { env: { memory: this.#memory } }).exports;
    this.#generators = setup.generators;
    const largest = FIELD_BYTES.g2;
    this.#jacobians = this.#allocate(CHUNK * largest * 3);
    this.#affines = this.#allocate(CHUNK * largest * 2);
    this.#hashables = this.#allocate(CHUNK * largest * 2);
  }

  /** The module keeps the address of its free memory in word 0, and takes scratch space above it. */
  #allocate(bytes: number): number {
    const scratch = 8 << 20;
    const free = new Uint32Array(this.#memory.buffer);
    const address = free[0]!;
    const end = address + ((bytes + 7) & ~7);
    free[0] = end;
    const missing = end + scratch - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65536));
    return address;
  }

  #call(group: Group, name: string): WasmFunction {
    const fn = this.#exports[`${group}m_${name}`];
    if (typeof fn !== "function") throw new Error(`the curve module has no ${group}m_${name}`);
    return fn as WasmFunction;
  }

  #table(group: Group): Table {
    const known = this.#tables.get(group);
    if (known !== undefined) return known;
    const affine = FIELD_BYTES[group] * 2;
    const jacobian = FIELD_BYTES[group] * 3;
    const add = this.#call(group, "add");
    const toAffine = this.#call(group, "batchToAffine");
    const address = this.#allocate(WINDOWS * ENTRIES * affine);
    const row = this.#allocate(ENTRIES * jacobian);
    const base = this.#allocate(jacobian);
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.set(this.#generators[group].subarray(0, jacobian), base);
    for (let w = 0; w < WINDOWS; w++) {
      bytes.copyWithin(row, base, base + jacobian);
      for (let i = 1; i < ENTRIES; i++) add(row + (i - 1) * jacobian, base, row + i * jacobian);
      toAffine(row, ENTRIES, address + w * ENTRIES * affine);
      add(row + (ENTRIES - 1) * jacobian, base, base);
    }
    const table = { address, affine, jacobian };
    this.#tables.set(group, table);
    return table;
  }

  multiply({ id, group, scalars, hashable }: Request): Response {
    const { address, affine, jacobian } = this.#table(group);
    const count = scalars.length / 32;
    if (count > CHUNK) throw new Error(`at most ${CHUNK} scalars at once`);
    const zero = this.#call(group, "zero");
    const addMixed = this.#call(group, "addMixed");
    const words = new Uint32Array(scalars.buffer, scalars.byteOffset, count * 8);
    for (let i = 0; i < count; i++) {
      const point = this.#jacobians + i * jacobian;
      zero(point);
      for (let w = 0; w < WINDOWS; w++) {
        const bit = w * WINDOW;
        const word = i * 8 + (bit >>> 5);
        const shift = bit & 31;
        let digit = words[word]! >>> shift;
        if (shift + WINDOW > 32 && bit >>> 5 < 7) digit |= words[word + 1]! << (32 - shift);
        digit &= ENTRIES;
        if (digit !== 0) addMixed(point, address + (w * ENTRIES + digit - 1) * affine, point);
      }
    }
    this.#call(group, "batchToAffine")(this.#jacobians, count, this.#affines);
    if (hashable) this.#call(group, "batchLEMtoU")(this.#affines, count, this.#hashables);
    const copy = (from: number) => new Uint8Array(this.#memory.buffer.slice(from, from + count * affine));
    return { id, points: copy(this.#affines), hashable: hashable ? copy(this.#hashables) : undefined };
  }
}

if (parentPort !== null) {
  const port = parentPort;
  const fixedBase = new FixedBase(workerData as WorkerSetup);
  port.on("message", (request: Request) => {
    const response = fixedBase.multiply(request);
    const transfer = [response.points.buffer];
    if (response.hashable !== undefined) transfer.push(response.hashable.buffer);
    port.postMessage(response, transfer);
  });
}
