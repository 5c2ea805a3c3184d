// Compiled contracts, for scripts that run with or without Hardhat around them.
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Contract, ContractFactory } from "ethers";
import type { ContractRunner, InterfaceAbi, Signer } from "ethers";
import { TacitError } from "../sdk/errors.ts";

export interface ContractArtifact {
  readonly abi: InterfaceAbi;
  /** Creation code, 0x-prefixed. */
  readonly bytecode: string;
}

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(import.meta.url);
const loaded = new Map<string, ContractArtifact>();

/**
 * A contract of this project by its name.
 * @throws TacitError `NOT_COMPILED`
 */
export function contractArtifact(name: string): ContractArtifact {
  return cached(name, () => {
    const [path] = globSync(`artifacts/contracts/**/${name}.json`, { cwd: ROOT });
    if (path === undefined) throw new TacitError("NOT_COMPILED", `the contract ${name} is not compiled; run: npm run build:contracts`);
    return JSON.parse(readFileSync(resolve(ROOT, path), "utf8")) as ContractArtifact;
  });
}

/** A contract that an npm package ships compiled, by the path of its JSON file: "@uniswap/v3-core/artifacts/…/X.json". */
export const packageArtifact = (path: string): ContractArtifact => cached(path, () => require(path) as ContractArtifact);

function cached(key: string, load: () => ContractArtifact): ContractArtifact {
  let artifact = loaded.get(key);
  if (artifact === undefined) loaded.set(key, (artifact = load()));
  return artifact;
}

/** A contract of this project at an address. */
export const contractAt = (name: string, address: string, runner: ContractRunner): Contract =>
  new Contract(address, contractArtifact(name).abi, runner);

/** Deploys and waits for the receipt. */
export async function deploy(signer: Signer, artifact: ContractArtifact, ...args: unknown[]): Promise<Contract> {
  const contract = await new ContractFactory(artifact.abi, artifact.bytecode, signer).deploy(...args);
  await contract.waitForDeployment();
  return contract as Contract;
}
