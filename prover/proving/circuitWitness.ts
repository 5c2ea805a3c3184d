import { bytesToHex } from "@noble/hashes/utils.js";
import { ProvingError } from "./errors.ts";
import type { CircuitInputs } from "./port.ts";

/** A full assignment of a circuit's wires. Secret: it holds every input. */
export interface CircuitWitness {
  /** The assignment in the `wtns` file format, for a prover. */
  readonly wtns: Uint8Array;
  /** The public signals, outputs first: wires 1 … count. */
  publicSignals(count: number): bigint[];
}

interface CircomExports {
  memory: WebAssembly.Memory;
  init(sanityCheck: number): void;
  getFieldNumLen32(): number;
  getRawPrime(): void;
  getSharedRWMemoryStart(): number;
  writeSharedRWMemory(index: number, word: number): void;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  setInputSignal(hashHigh: number, hashLow: number, index: number): void;
  getWitnessSize(): number;
  getWitness(index: number): void;
  getMessageChar(): number;
}

const WTNS_VERSION = 2;
const WTNS_HEADER_SECTION = 1;
const WTNS_VALUES_SECTION = 2;

/**
 * Computes the witness of a circuit from its compiled generator, in memory only.
 *
 * A fresh instance serves each call, so that no value of one job is left over for the next. What the circuit
 * logs is dropped, and errors name signals, templates and lines, never values.
 *
 * @throws ProvingError "inputs" if a signal is unknown, missing, of the wrong length or not a bigint;
 *   "refused" if the inputs contradict a constraint.
 */
export function computeWitness(generator: WebAssembly.Module, inputs: CircuitInputs): CircuitWitness {
  let trace = "";
  const nextMessage = (): string => {
    let message = "";
    for (let char = circom.getMessageChar(); char !== 0; char = circom.getMessageChar())
      message += String.fromCharCode(char);
    return message;
  };
  const instance = new WebAssembly.Instance(generator, {
    runtime: {
      exceptionHandler: (code: number) => {
        throw new ProvingError("refused", describeRefusal(code, trace));
      },
      printErrorMessage: () => {
        trace += `${nextMessage()}\n`;
      },
      // log() in a circuit prints signals: its text is consumed and dropped.
      writeBufferMessage: nextMessage,
      showSharedRWMemory: () => {},
    },
  });
  const circom = instance.exports as unknown as CircomExports;
  circom.init(0);

  const fieldWords = circom.getFieldNumLen32();
  const fieldBytes = 4 * fieldWords;
  const sharedStart = circom.getSharedRWMemoryStart();
  // The memory may grow while inputs are set, which detaches the old buffer: it is asked for anew each time.
  const shared = (): Uint8Array => new Uint8Array(circom.memory.buffer, sharedStart, fieldBytes);
  circom.getRawPrime();
  const primeBytes = shared().slice();
  const prime = fromLittleEndian(primeBytes);

  let given = 0;
  for (const [signal, input] of Object.entries(inputs)) {
    const [hashHigh, hashLow] = signalHash(signal);
    const values = ([input] as unknown[]).flat(Infinity);
    const size = circom.getInputSignalSize(hashHigh, hashLow);
    if (size < 1) throw new ProvingError("inputs", `The circuit has no input signal "${signal}".`);
    if (values.length !== size) {
      throw new ProvingError("inputs", `Input signal "${signal}" takes ${size} values, but got ${values.length}.`);
    }
    values.forEach((value, index) => {
      if (typeof value !== "bigint")
        throw new ProvingError("inputs", `Value ${index} of input signal "${signal}" is not a bigint.`);
      let rest = ((value % prime) + prime) % prime;
      for (let word = 0; word < fieldWords; word++) {
        circom.writeSharedRWMemory(word, Number(rest & 0xffff_ffffn));
        rest >>= 32n;
      }
      // The generator computes, and checks the constraints, when the last input arrives.
      circom.setInputSignal(hashHigh, hashLow, index);
      given++;
    });
  }
  if (given < circom.getInputSize()) {
    throw new ProvingError("inputs", `The circuit takes ${circom.getInputSize()} input values, but got ${given}.`);
  }

  const wires = circom.getWitnessSize();
  const headerBytes = 4 + fieldBytes + 4;
  const valuesStart = 12 + 12 + headerBytes + 12;
  const wtns = new Uint8Array(valuesStart + wires * fieldBytes);
  const view = new DataView(wtns.buffer);
  let at = 0;
  const uint32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const section = (id: number, length: number): void => {
    uint32(id);
    view.setBigUint64(at, BigInt(length), true);
    at += 8;
  };
  wtns.set(new TextEncoder().encode("wtns"));
  at += 4;
  uint32(WTNS_VERSION);
  uint32(2);
  section(WTNS_HEADER_SECTION, headerBytes);
  uint32(fieldBytes);
  wtns.set(primeBytes, at);
  at += fieldBytes;
  uint32(wires);
  section(WTNS_VALUES_SECTION, wires * fieldBytes);
  for (let wire = 0; wire < wires; wire++) {
    circom.getWitness(wire);
    wtns.set(shared(), at + wire * fieldBytes);
  }

  return {
    wtns,
    publicSignals(count) {
      return Array.from({ length: count }, (_, index) => {
        const start = valuesStart + (1 + index) * fieldBytes;
        return fromLittleEndian(wtns.subarray(start, start + fieldBytes));
      });
    },
  };
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes.toReversed())}`);
}

/** FNV-1a, 64 bits, as the generator names its signals; upper and lower half. */
function signalHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < name.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n);
  }
  return [Number(hash >> 32n), Number(hash & 0xffff_ffffn)];
}

const GENERATOR_ASSERT_FAILED = 4;

/** The generator's trace names, innermost first, the templates and lines that a failed constraint stands in. */
function describeRefusal(code: number, trace: string): string {
  if (code !== GENERATOR_ASSERT_FAILED) return `The witness generator stopped with its error ${code}.`;
  const places = [...trace.matchAll(/template (\w+?)(?:_\d+)? line: (\d+)/g)].map(
    ([, template, line]) => `${template} line ${line}`,
  );
  return `The inputs contradict the circuit${places.length > 0 ? `, at ${places.join(" in ")}` : ""}.`;
}
