// Compiled contracts, for scripts that run with or without Hardhat around them.
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Contract, ContractFactory } from "ethers";
import type { BaseContract, ContractRunner, ContractTransactionReceipt, InterfaceAbi, Signer } from "ethers";
import type { Contracts } from "../sdk/chain/abi.ts";
import { interfaceOf } from "../sdk/chain/contract.ts";
import type { ContractName, StepArgs, StepName, TypedContract } from "../sdk/chain/contract.ts";
import { send, sendStep } from "../sdk/chain/send.ts";
import { TacitError } from "../sdk/errors.ts";
import { ABI } from "./abi.ts";
import type { Contracts as DeployedContracts } from "./abi.ts";

export interface ContractArtifact {
  readonly abi: InterfaceAbi;
  /** Creation code, 0x-prefixed. */
  readonly bytecode: string;
}

type LinkReferences = Record<string, Record<string, { start: number; length: number }[]>>;

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(import.meta.url);
const loaded = new Map<string, ContractArtifact>();

/**
 * A contract of this project, or one of OpenZeppelin's, by its name.
 * @throws TacitError `NOT_COMPILED`
 */
export function contractArtifact(name: string): ContractArtifact {
  return cached(name, () => {
    const [own] = globSync(`artifacts/contracts/**/${name}.json`, { cwd: ROOT });
    if (own !== undefined) return JSON.parse(readFileSync(resolve(ROOT, own), "utf8")) as ContractArtifact;
    try {
      return require(`@openzeppelin/contracts/build/contracts/${name}.json`) as ContractArtifact;
    } catch {
      throw new TacitError("NOT_COMPILED", `the contract ${name} is not compiled; run: npm run build:contracts`);
    }
  });
}

/**
 * A contract that an npm package ships compiled, by the path of its JSON file: "@uniswap/v3-core/artifacts/…/X.json".
 */
export const packageArtifact = (path: string): ContractArtifact =>
  cached(path, () => require(path) as ContractArtifact);

function cached(key: string, load: () => ContractArtifact): ContractArtifact {
  let artifact = loaded.get(key);
  if (artifact === undefined) loaded.set(key, (artifact = load()));
  return artifact;
}

type Known = Contracts & DeployedContracts;
type KnownName = keyof Known & string;
/** A contract of this project, or of its stand-ins on a local chain. */
export type Deployed<Name extends KnownName> = TypedContract<Known[Name]>;

export const deployedAt = <Name extends KnownName>(
  name: Name,
  address: string,
  runner: ContractRunner,
): Deployed<Name> =>
  new Contract(
    address,
    Object.hasOwn(ABI, name) ? ABI[name as keyof typeof ABI] : interfaceOf(name as ContractName),
    runner,
  ) as unknown as Deployed<Name>;

/** Deploys a contract that needs no libraries, and waits for the receipt. */
export const deployContract = async <Name extends KnownName>(
  signer: Signer,
  name: Name,
  ...args: unknown[]
): Promise<Deployed<Name>> =>
  deployedAt(name, await (await deploy(signer, contractArtifact(name), ...args)).getAddress(), signer);

/** Deploys and waits for the receipt. */
export async function deploy(
  signer: Signer,
  { abi, bytecode }: ContractArtifact,
  ...args: unknown[]
): Promise<Contract> {
  const request = await new ContractFactory(abi, bytecode, signer).getDeployTransaction(...args);
  const { contractAddress } = await send(signer, "deployment", request);
  return new Contract(contractAddress!, abi, signer);
}

/**
 * Puts the addresses of libraries, by name, into the places the compiler left for them.
 * @throws TacitError `NOT_COMPILED`
 */
export function link(
  { abi, bytecode, ...rest }: ContractArtifact,
  libraries: Readonly<Record<string, string>>,
): ContractArtifact {
  const { linkReferences } = rest as { linkReferences: LinkReferences };
  let linked = bytecode;
  for (const places of Object.values(linkReferences)) {
    for (const [name, positions] of Object.entries(places)) {
      const address = libraries[name];
      if (address === undefined)
        throw new TacitError("NOT_COMPILED", `the contract wants a library ${name}; give its address to link`);
      for (const { start, length } of positions) {
        const from = 2 + 2 * start;
        linked = linked.slice(0, from) + address.slice(2).toLowerCase() + linked.slice(from + 2 * length);
      }
    }
  }
  return { abi, bytecode: linked };
}

/** `sendStep`, with the arguments in a row. */
export const sent = <C extends BaseContract, Name extends StepName<C>>(
  contract: C,
  name: Name,
  ...args: StepArgs<C, Name>
): Promise<ContractTransactionReceipt> => sendStep(contract, name, args);
