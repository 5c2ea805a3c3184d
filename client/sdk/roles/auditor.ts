import {
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
  samePoint,
  setHashOf,
  snapshotHash,
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
import { count, hash, instant } from "../format.ts";
import { signersOfSnapshot } from "../chain/snapshotSigners.ts";

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
  /** No check has failed. */
  ok: boolean;
  /** The proof's key is one whose secret is public, or its verifier does not say that it is none: anybody can forge proofs. */
  developmentKey: boolean;
  checks: Check[];
  /** What there was nothing to check of, and why. */
  notes: string[];
  /** The epoch is over: a later audit would find no more. */
  final: boolean;
}

/** Which submissions. */
export interface AuditScope {
  /** All vaults' where left out. */
  vault?: string;
  /** The first and the last epoch; from the first, up to the latest that has opened. */
  fromEpoch?: number;
  toEpoch?: number;
  own?: OwnCircuit | NoCircuit;
}

/** An epoch of an audit of many. */
export interface AuditStep {
  epoch: number;
  ofEpochs: number;
  doneEpochs: number;
  halted: boolean;
  submissions: readonly (AuditReport | SubmissionId)[];
  /** What is checked of the epoch, where it has no submissions that say so. */
  checks: readonly Check[];
}

/** A submission by the transaction that made it. */
export interface SubmissionId {
  vault: string;
  epoch: number;
  transactionHash: string;
}

/** What an auditor has built of the circuit on a machine of its own: the market's verifier is held against it. */
export interface OwnCircuit {
  /** SHA-256 of the constraints, hexadecimal. */
  readonly circuitHash: string;
  readonly verificationKey: VerificationKey;
  /** The verifier's code as it stands on a chain, 0x-prefixed. */
  readonly verifierCode: string;
}

/** Why there is none. */
export interface NoCircuit {
  readonly missing: string;
}

const VERIFIER_ABI = ["function CIRCUIT_HASH() view returns (bytes32)"];

type Proof = { a: [bigint, bigint]; b: [[bigint, bigint], [bigint, bigint]]; c: [bigint, bigint] };

/**
 * Checks one submission from chain data alone: nothing a party says off chain is used. Reads state as of the block
 * before the submission, so it needs a node that has it (an archive node for old epochs).
 * @param own without it the proof is only as good as the market's verifier, and the report notes that
 * @throws TacitError `NO_SUBMISSION`, `NO_EPOCH`, `NO_HISTORY`, `NOT_A_VAULT`
 */
export async function auditSubmission(
  chain: MarketChain,
  vault: string,
  epoch: number,
  own?: OwnCircuit | NoCircuit,
): Promise<AuditReport> {
  await requireHistory(chain);
  const found = (await chain.submissions({ epoch, vault }))[0];
  if (found === undefined) throw await noSubmission(chain, vault, epoch);
  const earlier = (await chain.submissions({ vault })).findLast((one) => one.epoch < epoch);
  return report(chain, found, earlier, await auditEpoch(chain, epoch), own);
}

/**
 * Checks all submissions in a scope, epoch after epoch; what all of an epoch share is checked once.
 * @param isKnown submissions that need no audit, because there is a report of them: they come as they are
 * @throws TacitError `NO_EPOCH`, `NO_HISTORY`, `NOT_A_VAULT`
 */
export async function* auditSubmissions(
  chain: MarketChain,
  { vault, fromEpoch = 1, toEpoch, own }: AuditScope = {},
  isKnown: (submission: SubmissionId) => boolean = () => false,
): AsyncGenerator<AuditStep, void> {
  await requireHistory(chain);
  if (vault !== undefined) await chain.requireVault(vault);
  const latest = (await chain.status()).epoch;
  const last = toEpoch ?? latest;
  for (const epoch of [fromEpoch, last]) if (epoch < 1 || epoch > latest) throw noEpoch(epoch, latest);
  /** The submission before, of every vault that has been met. */
  const earlier = new Map<string, SubmittedEvent | undefined>();
  for (let epoch = fromEpoch; epoch <= last; epoch++) {
    const found = await chain.submissions({ epoch, ...(vault === undefined ? {} : { vault }) });
    const before = await Promise.all(
      found.map(async ({ vault }) =>
        earlier.has(vault) || fromEpoch === 1
          ? earlier.get(vault)
          : (await chain.submissions({ vault })).findLast((other) => other.epoch < epoch),
      ),
    );
    const ids = found.map(({ vault, transactionHash }) => ({ vault, epoch, transactionHash }));
    const known = ids.map(isKnown);
    // A node that hides all submissions of an epoch leaves a set that is not empty.
    const isNew = known.includes(false) || (vault === undefined && found.length === 0);
    const facts = isNew ? await auditEpoch(chain, epoch) : undefined;
    const submissions: AuditStep["submissions"][number][] = [];
    for (let first = 0; first < found.length; first += AT_ONCE)
      submissions.push(
        ...(await Promise.all(
          found
            .slice(first, first + AT_ONCE)
            .map((one, i) => (known[first + i] ? ids[first + i]! : report(chain, one, before[first + i], facts!, own))),
        )),
      );
    for (const one of found) earlier.set(one.vault, one);
    yield {
      epoch,
      doneEpochs: epoch - fromEpoch + 1,
      ofEpochs: last - fromEpoch + 1,
      halted: (await chain.opened(epoch))!.args.halted,
      submissions,
      checks: found.length === 0 && facts !== undefined ? [...facts.snapshot, ...facts.batch] : [],
    };
  }
}

/** Submissions that a node is asked about at the same time. */
const AT_ONCE = 4;

/** What is found once for all submissions of an epoch. */
interface EpochAudit {
  opening: EpochOpening;
  /** Keys of the committee that the orders were sealed for. */
  keyWords: bigint[];
  snapshot: Check[];
  batch: Check[];
  notes: string[];
  final: boolean;
}

async function auditEpoch(chain: MarketChain, epoch: number): Promise<EpochAudit> {
  const opening = await chain.opening(epoch);
  return {
    opening,
    keyWords: await chain.committeeKeyWords(opening.committeeVersion),
    snapshot: [checkSnapshotHash(opening), await checkSnapshotSignatures(chain, opening)],
    ...(await checkBatch(chain, opening)),
  };
}

async function report(
  chain: MarketChain,
  submitted: SubmittedEvent,
  earlier: SubmittedEvent | undefined,
  { opening, keyWords, snapshot, batch, notes, final }: EpochAudit,
  compared: OwnCircuit | NoCircuit = { missing: "none was named" },
): Promise<AuditReport> {
  const own = "missing" in compared ? undefined : compared;
  const uncompared = "missing" in compared ? [notComparedNote(compared)] : [];
  const { vault, epoch, transactionHash, blockNumber } = submitted;
  const [words, developmentKey] = await Promise.all([
    transcriptOf(chain, submitted, opening, keyWords),
    chain.hasDevelopmentKey(blockNumber - 1),
  ]);
  const checks: Check[] = [
    ...(developmentKey && !LOCAL_CHAINS.includes(chain.deployment.chainId)
      ? [{ claim: "the proof's key is no development key", ok: false, detail: "anybody can forge proofs under it" }]
      : []),
    checkChain(chain, submitted, earlier),
    ...snapshot,
    checkCanonical(chain, words),
    {
      claim: "h is the hash of the transcript rebuilt from chain data",
      ...same(transcriptHash(words.map(toWord)), submitted.h),
    },
    ...(own === undefined ? [] : await checkVerifier(chain, own, submitted.blockNumber - 1)),
    ...(await checkProof(chain, submitted, words, own)),
    checkPoints(chain, words),
    ...batch,
  ];
  return {
    vault,
    epoch,
    transactionHash,
    ok: checks.every(({ ok }) => ok),
    developmentKey,
    checks,
    notes: [...notes, ...uncompared],
    final,
  };
}

/** A word on what was not compared. */
export const notComparedNote = ({ missing }: NoCircuit): string =>
  `the market's verifier and its key were not compared with a circuit of your own: ${missing}`;

/** Where the registry lets development keys pass: contracts/registry/VerifierRegistry.sol. */
const LOCAL_CHAINS = [31337, 1337];

/** Without the first epoch's opening every chain of commitments would seem to be broken. @throws TacitError `NO_HISTORY` */
async function requireHistory(chain: MarketChain): Promise<void> {
  const { deployBlock } = chain.deployment;
  const latest = await chain.provider.getBlockNumber();
  if (deployBlock > latest)
    throw new TacitError(
      "NO_HISTORY",
      `the deployment file says that the market was deployed in block ${deployBlock}, the chain is at block ${latest}: correct deployBlock in the file, or ask a node that is further on`,
    );
  const { epoch } = await chain.status();
  if (epoch === 0 || (await chain.opened(1)) !== undefined) return;
  throw new TacitError(
    "NO_HISTORY",
    `the market is in epoch ${epoch}, but from block ${deployBlock} on, which the deployment file names as deployBlock, epoch 1 does not open: that block is later than the market's deployment, or the node has no older logs. Correct deployBlock in the file, or ask another node`,
  );
}

const noEpoch = (epoch: number, latest: number): TacitError =>
  new TacitError(
    "NO_EPOCH",
    epoch < 1
      ? `there is no epoch ${epoch}: they count from 1`
      : `epoch ${epoch} has not opened yet: ${latest === 0 ? "none has" : `the latest is ${latest}`}`,
  );

/** Why there is no submission of a vault in an epoch. */
async function noSubmission(chain: MarketChain, vault: string, epoch: number): Promise<TacitError> {
  const { status, lastEpoch } = await chain.requireVault(vault);
  const now = await chain.status();
  if (epoch < 1 || epoch > now.epoch) return noEpoch(epoch, now.epoch);
  const because = (what: string): TacitError => new TacitError("NO_SUBMISSION", what);
  const born = await chain.epochOfBirth(vault);
  if (epoch < born) return because(`vault ${vault} was created in epoch ${born}: it is younger than epoch ${epoch}`);
  if ((status === "insolvent" || status === "resolved") && epoch > lastEpoch)
    return because(
      `vault ${vault} is ${status} and submits no more: ${lastEpoch === 0 ? "it never submitted" : `it submitted last in epoch ${lastEpoch}`}`,
    );
  if (epoch === now.epoch && now.phase === "submit")
    return because(
      `vault ${vault} has not submitted in epoch ${epoch} yet: submissions are taken until ${instant(now.deadlineAt)}`,
    );
  return because(
    `vault ${vault} did not submit in epoch ${epoch}${epoch === born ? ", in which it was created" : ": it missed it"}`,
  );
}

const same = (found: bigint | string, expected: bigint | string): Pick<Check, "ok" | "detail"> => {
  const text = (one: bigint | string): string => (typeof one === "bigint" ? hash(one) : one);
  return {
    ok: found === expected,
    detail: found === expected ? text(found) : `found ${text(found)}, the chain has ${text(expected)}`,
  };
};

/** The words of protocol.md §2, each from where the chain keeps it. */
async function transcriptOf(
  chain: MarketChain,
  s: SubmittedEvent,
  opening: EpochOpening,
  keyWords: readonly bigint[],
): Promise<bigint[]> {
  const { profile, deployment } = chain;
  const before = s.blockNumber - 1;
  const [terms, settleWords] = await Promise.all([
    chain.terms(s.vault, s.epoch, {
      redeemShares: s.redeemShares,
      cutoff: await chain.dealCutoffOf(opening.observedAt),
      blockTag: before,
    }),
    chain.settleWords(s.vault, before),
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
    ...keyWords,
    ...s.sealedWords.slice(points),
  ];
}

function checkChain(chain: MarketChain, s: SubmittedEvent, earlier: SubmittedEvent | undefined): Check {
  const expected = earlier?.newCommitment ?? genesisCommitment(chain.profile);
  return {
    claim: "it starts from the commitment of the vault's submission before",
    ok: s.oldCommitment === expected,
    detail: `since ${earlier ? `epoch ${earlier.epoch}` : "the empty book"}`,
  };
}

function checkSnapshotHash(opening: EpochOpening): Check {
  return {
    claim: "the stored snapshot has the epoch's snapshot hash",
    ...same(snapshotHash(opening.snapshotWords), opening.snapshotHash),
  };
}

/** The oracle repeats in its event the signatures that it has checked. */
async function checkSnapshotSignatures(chain: MarketChain, opening: EpochOpening): Promise<Check> {
  const before = opening.blockNumber - 1;
  const [signers, quorum] = await Promise.all([signersOfSnapshot(chain, opening), chain.quorum(before)]);
  const reporters = await Promise.all(signers.map((signer) => chain.isReporter(signer, before)));
  const signed = reporters.filter(Boolean).length;
  return {
    claim: "a quorum of reporters signed the snapshot",
    ok: signed >= quorum,
    detail: `${signed} of ${quorum} needed`,
  };
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
    detail: `by the verifier contract ${verifierAddress}${ok ? "" : `, signals ${signals.map(hash).join(", ")}`}`,
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
async function checkBatch(
  chain: MarketChain,
  { epoch, halted }: EpochOpening,
): Promise<Pick<EpochAudit, "batch" | "notes" | "final">> {
  const closing = await chain.closing(epoch);
  if (closing === undefined)
    return {
      batch: [],
      notes: [`epoch ${epoch} still takes submissions: their set is not frozen, and nothing of it is opened`],
      final: false,
    };
  const [batch, clearings, resolved] = await Promise.all([
    readBatch(chain, epoch),
    chain.clearings(epoch),
    chain.resolvedGroups(epoch),
  ]);
  const size = batch.submissions.length;
  const openings = clearings.map(({ group, nets, rho }): Check => {
    const fits = opens(chain.profile, batch, { group, nets, rho });
    return {
      claim: `the net traded in group ${group} is the sum of the sealed orders`,
      ok: fits,
      detail: fits
        ? `net ${nets.join(", ")} lots of ${count(size, "vault")}`
        : "the opening does not fit the summed commitments",
    };
  });
  const frozen = {
    claim: "the frozen set is the submissions of the epoch",
    ...same(setHashOf(batch), closing.setHash),
  };
  const done = { batch: [frozen, ...openings], final: true };
  if (halted)
    return { ...done, notes: [`epoch ${epoch} was opened halted and took no orders: there is no net to check`] };
  if (closing.cancelled)
    return {
      ...done,
      notes: [`the batch of epoch ${epoch} was cancelled, too few submitted: there is no net to check`],
    };
  const groups = Array.from({ length: chain.profile.groups }, (_, group) => group);
  const cleared = new Set(clearings.map(({ group }) => group));
  const lapsed = groups.filter((group) => resolved.has(group) && !cleared.has(group));
  const { epoch: current, phase } = await chain.status();
  const pending = epoch === current && phase === "clear" ? groups.filter((group) => !resolved.has(group)) : [];
  return {
    ...done,
    final: pending.length === 0,
    notes: [
      ...lapsed.map(
        (group) => `group ${group} lapsed in epoch ${epoch}: its orders are void, there is no net to check`,
      ),
      ...pending.map((group) => `group ${group} is not cleared yet: its net is not known`),
    ],
  };
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
