import type { TrustConfig } from "../../client/sdk/roles/trust.ts";

/** A party's records that last as long as this object. */
export function recordsInMemory(): TrustConfig["state"] {
  const records = new Map<string, unknown>();
  return {
    readJson: <T>(name: string) => records.get(name) as T | undefined,
    writeJson: (name, value) => void records.set(name, value),
  };
}
