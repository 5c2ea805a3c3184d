import { concat, toBeHex } from "ethers";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import type { ProfileName, ProvingBackend } from "../../prover/index.ts";
import { anyOrderCircuit } from "../../test/support/anyOrder.ts";
import { closeProvers } from "../../test/support/market.ts";
import { verificationGas } from "../../test/support/marketGas.ts";
import type { WholeMarket } from "../../test/support/wholeMarket.ts";
import { gasOfSteps } from "../gas/steps.ts";
import { liveThrough, openMarket } from "../gas/story.ts";
import { median } from "../statistics.ts";
import { derivativeSteps } from "./derivatives.ts";

/** Where the chain's clock stands at first. */
const BEGIN = "2030-01-01T00:00:00Z";
/** As long as a proof: a third of a per cent of a real one's bytes are zero. */
const WORD = (1n << 254n) - 1n;
const PAIR = [WORD, WORD] as const;

/**
 * Gas of every step of a market's life, the same in every run: the chain's clock goes by its blocks, and the proofs are
 * always the same, taken by a verifier that takes everything. What verifying takes is measured once and added.
 */
export async function gasByStep(profile: ProfileName, verification: number): Promise<Record<string, number>> {
  const market = await openMarket(profile, await undemanding(), { initialDate: BEGIN });
  try {
    await followBlocks(market);
    const proven = { proof: { a: PAIR, b: [PAIR, PAIR] as const, c: PAIR }, signals: [0n, 0n, 0n] as const };
    const backend: ProvingBackend = { prove: () => Promise.resolve(proven), close: () => Promise.resolve() };
    await liveThrough(market, backend);
    const { steps } = await gasOfSteps(market);
    return Object.fromEntries(
      [...steps]
        .filter(([step]) => step !== "deploy.verifier")
        .map(([step, values]) => [
          step,
          Math.round(median(values)) + (step === "submit" || step.startsWith("submit.") ? verification : 0),
        ]),
    );
  } finally {
    await market.close();
  }
}

export interface Gas {
  /** What verifying a proof takes, in each figure of `submit`. */
  readonly verification: Readonly<Record<"verifyProof", number>>;
  readonly small: Readonly<Record<string, number>>;
  readonly standard: Readonly<Record<string, number>>;
  /** Steps of perps and options, at the small size and a venue whose calls cost next to nothing. */
  readonly derivatives: Readonly<Record<string, number>>;
}

export async function measureGas<Part extends keyof Gas>(parts: readonly Part[]): Promise<Pick<Gas, Part>> {
  const verifyProof = Number(await verificationGas());
  await closeProvers();
  const measure = {
    verification: () => Promise.resolve({ verifyProof }),
    small: () => gasByStep("small", verifyProof),
    standard: () => gasByStep("standard", verifyProof),
    derivatives: derivativeSteps,
  };
  const figures: Partial<Gas> = {};
  for (const part of parts) Object.assign(figures, { [part]: await measure[part]() });
  return figures as Pick<Gas, Part>;
}

/** A sound key, and beside it a verifier that accepts everything. */
async function undemanding(): Promise<CircuitArtifacts> {
  const PRODUCTION = 0;
  const { abi, bytecode } = contractArtifact("VerifierStub");
  const functions = (abi as { type: string }[]).filter(({ type }) => type !== "constructor");
  const circuit = await anyOrderCircuit();
  return {
    ...circuit,
    verifier: { ...circuit.verifier, abi: functions, bytecode: concat([bytecode, toBeHex(PRODUCTION, 32)]) },
  };
}

/** Each block comes a second after the last one, whatever the machine's clock says. */
async function followBlocks({ connection }: WholeMarket): Promise<void> {
  const { provider } = connection;
  const request = provider.request.bind(provider);
  const pass = async (seconds: number): Promise<unknown> => {
    const { timestamp } = (await request({ method: "eth_getBlockByNumber", params: ["latest", false] })) as {
      timestamp: string;
    };
    return request({ method: "evm_setNextBlockTimestamp", params: [Number(timestamp) + seconds] });
  };
  provider.request = async (call) => {
    if (call.method === "evm_increaseTime") return pass(Number((call.params as [number | string])[0]));
    if (call.method === "eth_sendTransaction" || call.method === "eth_sendRawTransaction") await pass(1);
    return request(call);
  };
}
