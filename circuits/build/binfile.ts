// The container that circom and snarkjs use for .r1cs, .zkey and .ptau: four letters, a version,
// a section count, then sections of {id: u32, length: u64, bytes}; everything little-endian.
import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from "node:fs";

export interface SectionRange {
  readonly start: number;
  readonly size: number;
}

/** Reads sections by their place in the file, so a large key need not be held whole. */
export class BinFileReader {
  readonly path: string;
  readonly type: string;
  readonly version: number;
  readonly #fd: number;
  readonly #sections = new Map<number, SectionRange>();

  constructor(path: string, type: string) {
    this.path = path;
    this.type = type;
    this.#fd = openSync(path, "r");
    try {
      const total = statSync(path).size;
      const head = this.#bytes(0, 12, total);
      const found = head.toString("latin1", 0, 4);
      if (found !== type) throw new Error(`${path} is not a .${type} file (it begins with ${JSON.stringify(found)})`);
      this.version = head.readUInt32LE(4);
      const count = head.readUInt32LE(8);
      let position = 12;
      for (let i = 0; i < count; i++) {
        const entry = this.#bytes(position, 12, total);
        const id = entry.readUInt32LE(0);
        const size = Number(entry.readBigUInt64LE(4));
        position += 12;
        if (position + size > total) throw new Error(`${path} is cut short in section ${id}`);
        if (this.#sections.has(id)) throw new Error(`${path} has section ${id} twice`);
        this.#sections.set(id, { start: position, size });
        position += size;
      }
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  #bytes(position: number, length: number, total: number): Buffer {
    if (position + length > total) throw new Error(`${this.path} is cut short`);
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const read = readSync(this.#fd, buffer, done, length - done, position + done);
      if (read === 0) throw new Error(`${this.path} is cut short`);
      done += read;
    }
    return buffer;
  }

  has(id: number): boolean {
    return this.#sections.has(id);
  }

  range(id: number): SectionRange {
    const range = this.#sections.get(id);
    if (range === undefined) throw new Error(`${this.path} has no section ${id}`);
    return range;
  }

  /** A section, or `length` bytes of it from `offset`. */
  read(id: number, offset = 0, length?: number): Buffer {
    const { start, size } = this.range(id);
    const wanted = length ?? size - offset;
    if (offset + wanted > size) throw new Error(`section ${id} of ${this.path} ends before byte ${offset + wanted}`);
    return this.#bytes(start + offset, wanted, Number.POSITIVE_INFINITY);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

export class BinFileWriter {
  readonly #fd: number;
  #position = 0;
  #sectionStart: number | undefined;
  #left: number;

  constructor(path: string, type: string, version: number, sections: number) {
    this.#fd = openSync(path, "w");
    this.#left = sections;
    const head = Buffer.alloc(12);
    head.write(type, 0, "latin1");
    head.writeUInt32LE(version, 4);
    head.writeUInt32LE(sections, 8);
    this.#append(head);
  }

  #append(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#position + done);
    this.#position += bytes.length;
  }

  begin(id: number): void {
    if (this.#sectionStart !== undefined) throw new Error("the section before is still open");
    const head = Buffer.alloc(12);
    head.writeUInt32LE(id, 0);
    this.#append(head);
    this.#sectionStart = this.#position;
  }

  write(bytes: Uint8Array): void {
    if (this.#sectionStart === undefined) throw new Error("no section is open");
    this.#append(bytes);
  }

  writeU32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.write(bytes);
  }

  end(): void {
    if (this.#sectionStart === undefined) throw new Error("no section is open");
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(this.#position - this.#sectionStart));
    writeSync(this.#fd, size, 0, 8, this.#sectionStart - 8);
    this.#sectionStart = undefined;
    this.#left -= 1;
  }

  section(id: number, bytes: Uint8Array): void {
    this.begin(id);
    this.write(bytes);
    this.end();
  }

  close(): void {
    if (this.#sectionStart !== undefined || this.#left !== 0)
      throw new Error(`${this.#left} sections were not written`);
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }
}
