// The Solidity verifier of a key, compiled.
import { readFileSync } from "node:fs";
import solc from "solc";
import { zKey } from "snarkjs";
import { packageFile } from "./paths.ts";

export interface VerifierArtifact {
  readonly contractName: string;
  readonly compiler: string;
  readonly source: string;
  readonly abi: readonly object[];
  readonly bytecode: string;
  readonly deployedBytecode: string;
}

/** Chains on which a development key may be deployed. */
export const LOCAL_CHAINS = [31337, 1337] as const;

const SETTINGS = {
  optimizer: { enabled: true, runs: 10_000 },
  evmVersion: "cancun",
  // No metadata hash: the bytecode depends on the key and nothing else.
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
} as const;

export const VERIFIER_SETTINGS = JSON.stringify(SETTINGS);

function verifierName(circuit: string): string {
  const words = circuit.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return `${words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("")}Verifier`;
}

export async function makeVerifier(
  zkeyPath: string,
  circuit: string,
  circuitHash: string,
  development: boolean,
): Promise<VerifierArtifact> {
  const template = readFileSync(packageFile("snarkjs", "templates/verifier_groth16.sol.ejs"), "utf8");
  const pairing = await zKey.exportSolidityVerifier(zkeyPath, { groth16: template });
  const contractName = verifierName(circuit);
  const source = `${pairing.trimEnd()}\n\n${wrapper(contractName, circuitHash, development)}`;
  return { contractName, source, ...compileSolidity(contractName, source) };
}

function wrapper(contractName: string, circuitHash: string, development: boolean): string {
  const guard = `
    error DevelopmentKeyOnPublicChain(uint256 chainId);

    /// @dev Whoever has read the source repository can forge proofs under this key.
    constructor() {
        if (${LOCAL_CHAINS.map((id) => `block.chainid != ${id}`).join(" && ")}) {
            revert DevelopmentKeyOnPublicChain(block.chainid);
        }
    }
`;
  return `/// @notice Verifies proofs of the circuit whose constraints hash to CIRCUIT_HASH.
contract ${contractName} is Groth16Verifier {${development ? guard : ""}
    /// @notice True if the key was made from a public trapdoor, so that its proofs prove nothing.
    function DEVELOPMENT_KEY() external pure returns (bool) {
        return ${development};
    }

    /// @notice SHA-256 of the circuit's r1cs file.
    function CIRCUIT_HASH() external pure returns (bytes32) {
        return 0x${circuitHash};
    }
}
`;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: {
    readonly [file: string]: {
      readonly [contract: string]: {
        readonly abi: readonly object[];
        readonly evm: {
          readonly bytecode: { readonly object: string };
          readonly deployedBytecode: { readonly object: string };
        };
      };
    };
  };
}

function compileSolidity(
  contractName: string,
  source: string,
): Pick<VerifierArtifact, "abi" | "bytecode" | "deployedBytecode" | "compiler"> {
  const file = `${contractName}.sol`;
  const input = { language: "Solidity", sources: { [file]: { content: source } }, settings: SETTINGS };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  const contract = output.contracts?.[file]?.[contractName];
  if (errors.length > 0 || contract === undefined) {
    throw new Error(`solc refused the verifier:\n${errors.map((error) => error.formattedMessage).join("\n")}`);
  }
  return {
    compiler: `solc ${solc.version()}`,
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  };
}
