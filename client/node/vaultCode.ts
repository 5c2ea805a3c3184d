import { createRequire } from "node:module";
import { TacitError } from "../sdk/errors.ts";

/**
 * Creation code of contracts/vault/Vault.sol: of the package, or as it was last compiled in the repository.
 * @throws TacitError `NOT_COMPILED`
 */
export function vaultCode(): string {
  try {
    return (createRequire(import.meta.url)("tacit-vaults/Vault.json") as { bytecode: string }).bytecode;
  } catch {
    throw new TacitError("NOT_COMPILED", "the contract Vault is not compiled; run: npm run build:contracts");
  }
}
