import {
  keccakWords,
  genesisCommitment,
  challenge,
  commitGroup,
  describeWord,
  evaluate,
  FIELD_ORDER,
  headerValues,
  isSubgroupPoint,
  microUsd,
  ProverError,
  REPORTED_FIELDS,
  samePoint,
  setHashOf,
  snapshotHash,
  SNAPSHOT_FIELDS,
  sumCommitments,
  toWord,
  transcriptHash,
  verifyProof,
} from "../../../prover/index.ts";
import { Contract } from "ethers";
import type { BlockTag, Interface } from "ethers";
import type { FrozenBatch, Profile, VerificationKey } from "../../../prover/index.ts";
import { readBatch } from "../chain/batch.ts";
import { contractAt } from "../chain/contract.ts";
import type { EpochOpening, GroupClearing, SubmittedEvent } from "../chain/types.ts";
import type { MarketChain } from "../chain/reader.ts";
import { TacitError } from "../errors.ts";
import { signerOfStatement } from "./reporter.ts";

export interface Check {
  /** A sentence that is true when `ok`. */
  claim: string;
  ok: boolean;
  /** What was found, where it is not as claimed; or what the check rests on. */
  detail: string;
}

export interface AuditReport {
  vault: string;
  epoch: number;
  transactionHash: string;
  ok: boolean;
  checks: Check[];
}

/** What an auditor has built of the circuit on a machine of its own: the market's verifier is held against it. */
export interface OwnCircuit {
  /** SHA-256 of the constraints, hexadecimal. */
  readonly circuitHash: string;
  readonly verificationKey: VerificationKey;
  /** The verifier's code as it stands on a chain, 0x-prefixed. */
  readonly verifierCode: string;
}

const VERIFIER_ABI = ["function CIRCUIT_HASH() view returns (bytes32)"];

type Proof = { a: [bigint, bigint]; b: [[bigint, bigint], [bigint, bigint]]; c: [bigint, bigint] };

/**
 * Checks one submission from chain data alone: nothing a party says off chain is used. Reads state as of the block
 * before the submission, so it needs a node that has it (an archive node for old epochs).
 * @param own without it the proof is only as good as the market's verifier
 * @throws TacitError `NO_SUBMISSION`, `NO_EPOCH`
 */
export async function auditSubmission(
  chain: MarketChain,
  vault: string,
  epoch: number,
  own?: OwnCircuit,
): Promise<AuditReport> {
  const submitted = (await chain.submissions({ epoch, vault }))[0];
  if (submitted === undefined) throw new TacitError("NO_SUBMISSION", `vault ${vault} did not submit in epoch ${epoch}`);
  const opening = await chain.opening(epoch);
  const words = await transcriptOf(chain, submitted, opening);
  const checks: Check[] = [
    await checkChain(chain, submitted),
    checkSnapshotHash(opening),
    await checkSnapshotSignatures(chain, opening),
    checkCanonical(chain, words),
    {
      claim: "h is the hash of the transcript rebuilt from chain data",
      ...same(transcriptHash(words.map(toWord)), submitted.h),
    },
    ...(own === undefined ? [] : await checkVerifier(chain, own, submitted.blockNumber - 1)),
    ...(await checkProof(chain, submitted, words, own)),
    checkPoints(chain, words),
    ...(await checkBatch(chain, submitted)),
  ];
  return { vault, epoch, transactionHash: submitted.transactionHash, ok: checks.every(({ ok }) => ok), checks };
}

const same = (found: bigint | string, expected: bigint | string): Pick<Check, "ok" | "detail"> => ({
  ok: found === expected,
  detail: found === expected ? String(found) : `found ${found}, the chain has ${expected}`,
});

/** The words of protocol.md §2, each from where the chain keeps it. */
async function transcriptOf(chain: MarketChain, s: SubmittedEvent, opening: EpochOpening): Promise<bigint[]> {
  const { profile, deployment } = chain;
  const before = s.blockNumber - 1;
  const [terms, settleWords, keys] = await Promise.all([
    chain.terms(s.vault, s.epoch, {
      redeemShares: s.redeemShares,
      cutoff: await chain.dealCutoffOf(opening.observedAt),
      blockTag: before,
    }),
    chain.settleWords(s.vault, before),
    chain.committeeKeyWords(opening.committeeVersion),
  ]);
  const points = profile.sections.orderCommitments.count + profile.sections.ephemeral.count;
  return [
    ...headerValues({
      chainId: BigInt(deployment.chainId),
      market: BigInt(deployment.market),
      vault: BigInt(s.vault),
      epoch: BigInt(s.epoch),
      snapshotHash: opening.snapshotHash,
      oldCommitment: s.oldCommitment,
      newCommitment: s.newCommitment,
      cashFlow: microUsd(toWord(s.cashFlow)),
      redeemShares: s.redeemShares,
      outflow: s.cashFlow < 0n,
      dealing: terms.dealing,
      nav: microUsd(s.nav),
      insolvent: s.insolvent,
      halted: opening.halted,
      strategyCommitment: terms.strategyCommitment,
      cashWanted: microUsd(terms.cashWanted),
    }),
    ...s.sealedWords.slice(0, points),
    ...terms.mandateWords,
    ...opening.snapshotWords,
    ...settleWords,
    ...keys,
    ...s.sealedWords.slice(points),
  ];
}

/** The snapshot's last words, after the slot flags. */
const SIGNAL_WORDS = 2;

async function checkChain(chain: MarketChain, s: SubmittedEvent): Promise<Check> {
  const earlier = (await chain.submissions({ vault: s.vault })).filter(({ epoch }) => epoch < s.epoch).at(-1);
  const expected = earlier?.newCommitment ?? genesisCommitment(chain.profile);
  const since = earlier ? `epoch ${earlier.epoch}` : "the empty book";
  return {
    claim: "it starts from the commitment of the vault's submission before",
    ok: s.oldCommitment === expected,
    detail: `since ${since}`,
  };
}

function checkSnapshotHash(opening: EpochOpening): Check {
  return {
    claim: "the stored snapshot has the epoch's snapshot hash",
    ...same(snapshotHash(opening.snapshotWords), opening.snapshotHash),
  };
}

/** The publishing transaction carries the signatures the oracle checked. */
async function checkSnapshotSignatures(chain: MarketChain, opening: EpochOpening): Promise<Check> {
  const claim = "a quorum of reporters signed the snapshot";
  const { epoch: of, blockNumber } = opening;
  const [accepted] = await chain.events(
    chain.oracle,
    "SnapshotAccepted",
    { epoch: of },
    // The oracle opens the epoch as it accepts.
    { fromBlock: blockNumber, toBlock: blockNumber },
  );
  const data = accepted && (await chain.provider.getTransaction(accepted.transactionHash))?.data;
  const args = data && findCall(chain.oracle.interface, "publish", data);
  if (!args)
    return {
      claim,
      ok: false,
      detail: "the publishing call is not in its transaction's calldata: trace the transaction to find it",
    };
  const [epoch, observedAt, words, signatures] = args as [bigint, bigint, bigint[], string[]];
  if (
    Number(epoch) !== opening.epoch ||
    Number(observedAt) !== opening.observedAt ||
    keccakWords([...words]) !== keccakWords(reportedWords(chain, opening))
  ) {
    return { claim, ok: false, detail: "what was signed in the publishing call is not the stored snapshot" };
  }
  const signers = new Set<string>();
  for (const signature of signatures) {
    const statement = {
      market: chain.deployment.market,
      epoch: Number(epoch),
      observedAt: Number(observedAt),
      words: [...words],
      signature,
    };
    const signer = signerOfStatement(chain.deployment, statement);
    if (signer !== undefined && (await chain.isReporter(signer, accepted.blockNumber - 1))) signers.add(signer);
  }
  const quorum = await chain.quorum(accepted.blockNumber - 1);
  return {
    claim,
    ok: signers.size >= quorum,
    detail: `${signers.size} of ${quorum} needed, over words ${keccakWords([...words]).slice(0, 18)}…`,
  };
}

/** What of a stored snapshot reporters sign: without carry indices, position caps and slot flags. */
function reportedWords({ profile }: MarketChain, { snapshotWords }: EpochOpening): bigint[] {
  const stored = profile.rowWords + SNAPSHOT_FIELDS.length;
  const slots = Array.from({ length: profile.slots }, (_, i) => {
    const slot = snapshotWords.slice(i * stored, (i + 1) * stored);
    return [
      ...slot.slice(0, profile.rowWords),
      ...REPORTED_FIELDS.map((field) => slot[profile.rowWords + SNAPSHOT_FIELDS.indexOf(field)]!),
    ];
  });
  return [...slots.flat(), ...snapshotWords.slice(-SIGNAL_WORDS)];
}

function checkCanonical(chain: MarketChain, words: readonly bigint[]): Check {
  const claim = `all ${chain.profile.wordNames.length} words are field elements`;
  if (words.length !== chain.profile.wordNames.length)
    return { claim, ok: false, detail: `there are ${words.length} words` };
  const bad = words.findIndex((word) => word < 0n || word >= FIELD_ORDER);
  return { claim, ok: bad < 0, detail: bad < 0 ? "all below r" : `${describeWord(chain.profile, bad)} is not` };
}

/**
 * Whether the contract that verifies the market's proofs is what the auditor's own build of the circuit and its key gives.
 * @param blockTag of when
 */
export async function checkVerifier(chain: MarketChain, own: OwnCircuit, blockTag: BlockTag): Promise<Check[]> {
  const address = await chain.verifierAt(blockTag);
  const contract = new Contract(address, VERIFIER_ABI, chain.provider);
  const [code, found] = await Promise.all([
    chain.provider.getCode(address, blockTag),
    contract
      .getFunction("CIRCUIT_HASH")({ blockTag })
      .then(String, () => "none"),
  ]);
  const expected = `0x${own.circuitHash}`;
  const sameCode = code.toLowerCase() === own.verifierCode.toLowerCase();
  return [
    {
      claim: "the verifier says it is of the circuit built here",
      ok: found === expected,
      detail:
        found === expected
          ? `CIRCUIT_HASH ${found}`
          : `CIRCUIT_HASH at ${address} is ${found}, here ${expected}: build the commit that the market was deployed from`,
    },
    {
      claim: "the verifier's code is that of the circuit and the key built here",
      ok: sameCode,
      detail: sameCode
        ? `${(code.length - 2) / 2} bytes at ${address}`
        : `the code at ${address} is another: of another circuit or key, or of a contract that takes what it likes`,
    },
  ];
}

async function checkProof(
  chain: MarketChain,
  s: SubmittedEvent,
  words: readonly bigint[],
  own?: OwnCircuit,
): Promise<Check[]> {
  const claim = "the proof verifies for the transcript";
  const data = (await chain.provider.getTransaction(s.transactionHash))?.data;
  const args = data && findCall(chain.market.interface, "submit", data);
  if (!args)
    return [
      {
        claim,
        ok: false,
        detail: "the submission is not in its transaction's calldata: trace the transaction to find its proof",
      },
    ];
  const { proof: p } = args[0] as { proof: bigint[] };
  const proof: Proof = {
    a: [p[0]!, p[1]!],
    b: [
      [p[2]!, p[3]!],
      [p[4]!, p[5]!],
    ],
    c: [p[6]!, p[7]!],
  };
  const x = challenge(s.h, words);
  const signals = [s.h, evaluate(words, x), x];
  const verifierAddress = await chain.verifierAt(s.blockNumber - 1);
  const verifier = contractAt("IVerifier", verifierAddress, chain.provider);
  const ok = await verifier.verifyProof(proof.a, proof.b, proof.c, signals);
  const byContract: Check = {
    claim,
    ok,
    detail: `by the verifier contract ${verifierAddress}${ok ? "" : `, signals ${signals.join(", ")}`}`,
  };
  if (own === undefined) return [byContract];
  const here = verifyProof(own.verificationKey, signals, proof);
  return [
    byContract,
    {
      claim: "the proof verifies here, under the key built here",
      ok: here,
      detail: here ? "without the market's contract" : "the market's contract took it under another key",
    },
  ];
}

/** A call of `name` in calldata: at its head, or inside another contract's call. */
function findCall(contractInterface: Interface, name: string, data: string): readonly unknown[] | undefined {
  const { selector } = contractInterface.getFunction(name)!;
  for (let at = data.indexOf(selector.slice(2), 2); at >= 0; at = data.indexOf(selector.slice(2), at + 2)) {
    try {
      return contractInterface.decodeFunctionData(name, `0x${data.slice(at)}`);
    } catch {
      // These eight digits only look like the selector.
    }
  }
  return undefined;
}

function checkPoints(chain: MarketChain, words: readonly bigint[]): Check {
  const { orderCommitments, ephemeral } = chain.profile.sections;
  const all = words.slice(orderCommitments.first, ephemeral.first + ephemeral.count);
  const bad = Array.from({ length: all.length / 2 }, (_, i) => i).filter(
    (i) => !isSubgroupPoint([all[2 * i]!, all[2 * i + 1]!]),
  );
  return {
    claim: "order commitments and ephemeral key are points of the prime subgroup",
    ok: bad.length === 0,
    detail:
      bad.length === 0
        ? `${all.length / 2} points`
        : bad.map((i) => describeWord(chain.profile, orderCommitments.first + 2 * i)).join("; "),
  };
}

/** The frozen set and what was opened of it. */
async function checkBatch(chain: MarketChain, s: SubmittedEvent): Promise<Check[]> {
  const closing = await chain.closing(s.epoch);
  if (closing === undefined)
    return [{ claim: "the epoch's set is frozen", ok: true, detail: "not closed yet: nothing was opened" }];
  const batch = await readBatch(chain, s.epoch);
  const count = batch.submissions.length;
  const openings = (await chain.clearings(s.epoch)).map(({ group, nets, rho }): Check => {
    const fits = opens(chain.profile, batch, { group, nets, rho });
    return {
      claim: `the net traded in group ${group} is the sum of the sealed orders`,
      ok: fits,
      detail: fits
        ? `net ${nets.join(", ")} lots of ${count} vaults`
        : "the opening does not fit the summed commitments",
    };
  });
  return [
    { claim: "the frozen set is the submissions of the epoch", ...same(setHashOf(batch), closing.setHash) },
    ...openings,
  ];
}

/** Whether nets and blinding open the group's summed commitments. */
function opens(
  profile: Profile,
  batch: FrozenBatch,
  { group, nets, rho }: Pick<GroupClearing, "group" | "nets" | "rho">,
): boolean {
  try {
    return samePoint(
      commitGroup(profile, group, nets, rho, BigInt(batch.submissions.length)),
      sumCommitments(batch, group),
    );
  } catch (error) {
    // A commitment that is no point of the curve is reported with the points.
    if (error instanceof ProverError) return false;
    throw error;
  }
}
