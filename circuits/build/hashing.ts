import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

export function hashFile(path: string, algorithm: "sha256" | "blake2b512" = "sha256"): string {
  const hash = createHash(algorithm);
  const fd = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(1 << 22);
    for (;;) {
      const read = readSync(fd, buffer, 0, buffer.length, null);
      if (read === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The hash of a value that does not depend on the order of its keys. */
export function hashJson(value: Json): string {
  return sha256(canonical(value));
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value as { readonly [key: string]: Json }).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
