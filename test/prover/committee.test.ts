import { expect } from "chai";
import { ethers, Wallet } from "ethers";
import fc from "fast-check";
import { RevealLedger, revealAsDealer, revealAsMember, verifyBlame } from "../../prover/committee/blame.ts";
import type { Accused, RevealedSecret } from "../../prover/committee/blame.ts";
import {
  deriveMemberKey,
  isSignedBy,
  openBatch,
  openGroup,
  setHashOf,
  signStatement,
  sumCommitments,
  sumShares,
} from "../../prover/committee/sums.ts";
import type { FrozenBatch, SumStatement } from "../../prover/committee/sums.ts";
import { addPoints, BASE8, multiplyBase, multiplyPoint, SUBGROUP_ORDER } from "../../prover/crypto/curve.ts";
import { FIELD_ORDER, toWord } from "../../prover/base/field.ts";
import { profiles, slotsOfGroup } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import {
  provePossession,
  proveSameLogarithm,
  verifyPossession,
  verifySameLogarithm,
} from "../../prover/crypto/proofs.ts";
import { Dice, randomBatch } from "../support/scenario.ts";
import type { RandomBatch } from "../support/scenario.ts";
import { thrown } from "../support/thrown.ts";

const { small, standard } = profiles;
const SIZES = [small, standard];

const statementsOf = (profile: Profile, { batch, committee }: RandomBatch): SumStatement[] =>
  committee.map((key, j) => sumShares(profile, batch, setHashOf(batch), j + 1, key));

const netsOf = (profile: Profile, { orders }: RandomBatch, group: number): bigint[] =>
  slotsOfGroup(profile, group).map((i) => orders.reduce((sum, order) => sum + order[i]!, 0n));

/** The statement with something added to its sums of group 0. */
const shifted = (s: SumStatement, orders: bigint, rho = 0n): SumStatement => ({
  ...s,
  orderSums: s.orderSums.map((x, g) => (g === 0 ? toWord(x + orders) : x)),
  rhoSums: s.rhoSums.map((x, g) => (g === 0 ? toWord(x + rho) : x)),
});
import { payloadWords } from "../../prover/format/transcript.ts";

describe("Opening a batch", () => {
  const batches = new Map(SIZES.map((profile) => [profile, randomBatch(profile, 1, 4)]));

  it("gives the net of every slot from any T_ORDER + 1 members, and nothing from fewer", () => {
    for (const [profile, random] of batches) {
      const statements = statementsOf(profile, random);
      fc.assert(
        fc.property(
          fc.shuffledSubarray(statements, { minLength: profile.orderDegree + 1, maxLength: profile.orderDegree + 1 }),
          (some) => {
            for (const { group, nets, rho } of openBatch(profile, random.batch, some)) {
              expect(nets).to.deep.equal(netsOf(profile, random, group));
              expect(rho).to.equal(random.secrets.reduce((sum, { rho }) => sum + rho[group]!, 0n));
            }
          },
        ),
        { numRuns: 3 },
      );
      const few = statements.slice(0, profile.orderDegree);
      expect(thrown(() => openBatch(profile, random.batch, few))).to.include({ code: "opening-not-found" });
    }
  });

  it("isn't changed by lying members while T_ORDER + 1 are honest, whichever they are", () => {
    const random = batches.get(standard)!;
    const statements = statementsOf(standard, random);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 2 }),
        fc.bigInt({ min: 1n, max: FIELD_ORDER - 1n }),
        (liars, lie) => {
          const given = statements.map((s, j) => (liars.includes(j) ? shifted(s, lie, lie) : s));
          const opening = openGroup(standard, 0, sumCommitments(random.batch, 0), 4, given);
          expect(opening.nets).to.deep.equal(netsOf(standard, random, 0));
        },
      ),
      { numRuns: 4 },
    );
  });

  it("stays closed rather than open wrongly when too many lie", () => {
    const random = batches.get(small)!;
    const statements = statementsOf(small, random).map((s, j) => (j < 2 ? shifted(s, BigInt(4 * j + 1)) : s));
    expect(thrown(() => openGroup(small, 0, sumCommitments(random.batch, 0), 4, statements))).to.include({
      code: "opening-not-found",
    });
    // the other group has not been touched
    expect(openGroup(small, 1, sumCommitments(random.batch, 1), 4, statements).nets).to.deep.equal(
      netsOf(small, random, 1),
    );
  });

  it("takes no opening that fits only mod the group order", () => {
    const random = batches.get(small)!;
    const beyond = statementsOf(small, random).map((s) => shifted(s, 0n, SUBGROUP_ORDER));
    expect(thrown(() => openGroup(small, 0, sumCommitments(random.batch, 0), 4, beyond))).to.include({
      code: "opening-not-found",
    });
  });

  it("isn't disturbed by malformed statements or by two from one member", () => {
    const random = batches.get(small)!;
    const honest = statementsOf(small, random);
    const junk: SumStatement[] = [
      { ...honest[0]!, member: 0 },
      { ...honest[0]!, member: 4 },
      { ...honest[0]!, member: 1.5 },
      { ...honest[0]!, orderSums: [] },
      { ...honest[0]!, rhoSums: [] },
      shifted(honest[0]!, 1n),
    ];
    expect(
      openBatch(small, random.batch, [...junk, ...honest.slice(0, 2)]).map(({ members }) => members),
    ).to.deep.equal([
      [1, 2],
      [1, 2],
    ]);
  });
});

describe("A member's statement", () => {
  const random = randomBatch(small, 2, 3);
  const statement = (): SumStatement =>
    sumShares(small, random.batch, setHashOf(random.batch), 1, random.committee[0]!);

  it("is about the set the market froze: same hash chain, whatever case its letters have", () => {
    const { batch } = random;
    const abi = ethers.AbiCoder.defaultAbiCoder();
    const address = (x: bigint): string => ethers.toBeHex(x, 20);
    let hash = ethers.keccak256(
      abi.encode(["uint256", "address", "uint32"], [batch.chainId, address(batch.market), batch.epoch]),
    );
    batch.submissions.forEach(({ vault, newCommitment, sealed }, i) => {
      const orders = ethers.solidityPackedKeccak256(["uint256[]"], [sealed.orderCommitments.flat()]);
      const rest = [newCommitment, ...sealed.ephemeral, ...payloadWords(small, sealed.payload)];
      const content = ethers.solidityPackedKeccak256(["uint256[]"], [rest]);
      hash = ethers.keccak256(
        abi.encode(["bytes32", "address", "uint256", "bytes32", "bytes32"], [hash, address(vault), i, content, orders]),
      );
    });
    expect(setHashOf(batch)).to.equal(hash);
    expect(sumShares(small, batch, `0x${hash.slice(2).toUpperCase()}`, 1, random.committee[0]!).setHash).to.equal(hash);
  });

  it("is refused for submissions that differ from the frozen set by one vault, order or word", () => {
    const { batch, committee } = random;
    const frozen = setHashOf(batch);
    const [first, ...rest] = batch.submissions;
    const tampered = {
      ...first!,
      sealed: { ...first!.sealed, orderCommitments: first!.sealed.orderCommitments.toReversed() },
    };
    const others: FrozenBatch[] = [
      { ...batch, submissions: rest },
      { ...batch, submissions: [...rest, first!] },
      { ...batch, submissions: [tampered, ...rest] },
      { ...batch, epoch: batch.epoch + 1n },
    ];
    for (const other of others)
      expect(thrown(() => sumShares(small, other, frozen, 1, committee[0]!))).to.include({ code: "wrong-opening" });
  });

  it("carries its member's EIP-712 signature, bound to chain, market, epoch, set, member and every sum", async () => {
    const wallet = Wallet.createRandom();
    const signed = await signStatement(wallet, statement());
    expect(isSignedBy(wallet.address, signed)).to.equal(true);
    expect(isSignedBy(Wallet.createRandom().address, signed)).to.equal(false);
    const s = signed.statement;
    const changes: Partial<SumStatement>[] = [
      { chainId: s.chainId + 1n },
      { market: s.market - 1n },
      { epoch: s.epoch - 1n },
      { setHash: ethers.ZeroHash },
      { member: 2 },
      { orderSums: s.orderSums.toReversed() },
      { rhoSums: s.rhoSums.toReversed() },
    ];
    for (const change of changes)
      expect(isSignedBy(wallet.address, { ...signed, statement: { ...s, ...change } })).to.equal(false);
    expect(isSignedBy(wallet.address, { ...signed, signature: "0x1234" })).to.equal(false);
  });
});

describe("A member's key", () => {
  const key = deriveMemberKey(new Dice(5).bytes(32), 0n);
  const registration = {
    chainId: 31337n,
    registry: Wallet.createRandom().address,
    account: Wallet.createRandom().address,
  };

  it("comes from the member's seed and differs with its index", () => {
    const seed = new Dice(6).bytes(32);
    expect(deriveMemberKey(seed, 1n)).to.deep.equal(deriveMemberKey(seed, 1n));
    expect(deriveMemberKey(seed, 1n).secretKey).to.not.equal(deriveMemberKey(seed, 2n).secretKey);
    expect(key.publicKey).to.deep.equal(multiplyPoint(key.secretKey, BASE8));
  });

  it("is registered with a proof of possession that s·BASE8 = A + c·PK", () => {
    const { commitment, response } = provePossession(key.secretKey, registration);
    const types = ["string", "uint256", "address", "address", ...Array<string>(4).fill("uint256")];
    const { chainId, registry, account } = registration;
    const encoded = ethers.AbiCoder.defaultAbiCoder().encode(types, [
      "TACIT_POP",
      chainId,
      registry,
      account,
      ...key.publicKey,
      ...commitment,
    ]);
    const c = BigInt(ethers.keccak256(encoded)) % SUBGROUP_ORDER;
    expect(multiplyBase(response)).to.deep.equal(addPoints(commitment, multiplyPoint(c, key.publicKey)));
    expect(verifyPossession(key.publicKey, registration, { commitment, response })).to.equal(true);
  });

  it("can't be claimed by another account, in another registry or on another chain, nor made up from others' keys", () => {
    const proof = provePossession(key.secretKey, registration);
    for (const change of [{ chainId: 1n }, { registry: registration.account }, { account: registration.registry }]) {
      expect(verifyPossession(key.publicKey, { ...registration, ...change }, proof)).to.equal(false);
    }
    const rogue = addPoints(multiplyBase(77n), multiplyPoint(-1n, key.publicKey));
    expect(verifyPossession(rogue, registration, provePossession(77n, registration))).to.equal(false);
    expect(
      verifyPossession(key.publicKey, registration, { ...proof, response: proof.response + SUBGROUP_ORDER }),
    ).to.equal(false);
    expect(verifyPossession([0n, 1n], registration, { commitment: multiplyBase(5n), response: 5n })).to.equal(false);
  });
});

describe("Proof of a shared point", () => {
  const base = multiplyBase(1_234n);
  const statement = { point: multiplyBase(99n), base, shared: multiplyPoint(99n, base) };

  it("convinces for the right point and for no other", () => {
    const proof = proveSameLogarithm(99n, statement);
    expect(verifySameLogarithm(statement, proof)).to.equal(true);
    for (const other of [
      { ...statement, shared: multiplyPoint(98n, base) },
      { ...statement, point: multiplyBase(98n) },
      { ...statement, base: multiplyBase(5n) },
    ]) {
      expect(verifySameLogarithm(other, proof)).to.equal(false);
      expect(verifySameLogarithm(other, proveSameLogarithm(99n, other))).to.equal(false);
    }
  });

  it("takes no scalar beyond the group order and no point outside the subgroup", () => {
    const { challenge, response } = proveSameLogarithm(99n, statement);
    expect(verifySameLogarithm(statement, { challenge, response: response + SUBGROUP_ORDER })).to.equal(false);
    expect(verifySameLogarithm(statement, { challenge: challenge + SUBGROUP_ORDER, response })).to.equal(false);
    const twisted = { ...statement, shared: addPoints(statement.shared, [0n, FIELD_ORDER - 1n]) };
    expect(verifySameLogarithm(twisted, proveSameLogarithm(99n, twisted))).to.equal(false);
  });
});

describe("Blaming a member", () => {
  const random = randomBatch(standard, 3, 3);
  const { batch, committee, secrets } = random;
  const accounts = committee.map(() => Wallet.createRandom());
  const honest = statementsOf(standard, random);
  const accused = (member: number): Accused => ({
    member,
    key: committee[member - 1]!.publicKey,
    account: accounts[member - 1]!.address,
  });
  const byDealers = (ledger: RevealLedger, member: number): RevealedSecret[] =>
    batch.submissions.map((submission, i) =>
      revealAsDealer(ledger, batch, submission, member, accused(member).key, secrets[i]!.ephemeral),
    );
  const sign = (s: SumStatement) => signStatement(accounts[s.member - 1]!, s);

  it("shows a wrong sum, with the owners' evidence or the member's own", async () => {
    const signed = await sign(shifted(honest[1]!, 0n, 1n));
    const ledger = new RevealLedger(standard);
    expect(verifyBlame(standard, batch, accused(2), signed, byDealers(ledger, 2))).to.equal(true);
    expect(verifyBlame(standard, batch, accused(2), signed, revealAsMember(ledger, batch, 2, committee[1]!))).to.equal(
      true,
    );
  });

  it("clears an honest member even where two liars' errors cancel and make it look wrong", async () => {
    // Members 1 and 2 lie so that their sums with member 3's still interpolate to the true net, but on another
    // polynomial: now every opening that works excludes the honest 4, and predicts another sum for it.
    const lagrangeAt0 = (j: bigint, others: bigint[]): bigint =>
      others.reduce((p, o) => p * o, 1n) * inverseOf(others.reduce((p, o) => p * (o - j), 1n));
    const [l1, l2] = [lagrangeAt0(1n, [2n, 3n]), lagrangeAt0(2n, [1n, 3n])];
    const lies = [shifted(honest[0]!, l2), shifted(honest[1]!, -l1)];
    const given = [...lies, ...honest.slice(2, 4)];
    const opening = openGroup(standard, 0, sumCommitments(batch, 0), 3, given);
    expect(opening).to.deep.include({ nets: netsOf(standard, random, 0), members: [1, 2, 3] });
    const ledger = new RevealLedger(standard);
    expect(verifyBlame(standard, batch, accused(4), await sign(honest[3]!), byDealers(ledger, 4))).to.equal(false);
    expect(verifyBlame(standard, batch, accused(1), await sign(lies[0]!), byDealers(ledger, 1))).to.equal(true);
  });

  it("needs the accused's signature, the frozen set and a proven point for every submission", async () => {
    const wrong = shifted(honest[1]!, 5n);
    const signed = await sign(wrong);
    const evidence = byDealers(new RevealLedger(standard), 2);
    const [first, ...rest] = evidence as [RevealedSecret, ...RevealedSecret[]];
    const blame = (over: {
      accused?: Accused;
      signed?: typeof signed;
      evidence?: RevealedSecret[];
      batch?: FrozenBatch;
    }): unknown =>
      verifyBlame(
        standard,
        over.batch ?? batch,
        over.accused ?? accused(2),
        over.signed ?? signed,
        over.evidence ?? evidence,
      );
    const forged = await signStatement(accounts[0]!, wrong);
    const attempts: [Parameters<typeof blame>[0], RegExp][] = [
      [{ signed: forged }, /did not sign/],
      [{ accused: accused(3) }, /about member 3/],
      [{ evidence: rest }, /missing/],
      [{ evidence: [{ ...first, shared: multiplyBase(3n) }, ...rest] }, /submission 0 is not proven/],
      [{ evidence: [{ ...first, by: "member" }, ...rest] }, /submission 0 is not proven/],
      [{ evidence: [...rest, first] }, /submission 0 is not proven/],
      [{ batch: { ...batch, submissions: batch.submissions.slice(1) } }, /another set/],
      [{ batch: { ...batch, epoch: batch.epoch + 1n } }, /another set/],
    ];
    for (const [attempt, message] of attempts) {
      expect(thrown(() => blame(attempt)))
        .to.include({ code: "bad-proof" })
        .with.property("message")
        .that.matches(message);
    }
  });

  it("never reveals the shares of more than T_ORDER members of one epoch", () => {
    const ledger = new RevealLedger(standard);
    byDealers(ledger, 1);
    byDealers(ledger, 1);
    revealAsMember(ledger, batch, 4, committee[3]!);
    expect(thrown(() => revealAsMember(ledger, batch, 2, committee[1]!))).to.include({ code: "blame-limit" });
    expect(thrown(() => byDealers(ledger, 3))).to.include({ code: "blame-limit" });
    ledger.add({ ...batch, epoch: batch.epoch + 1n }, 2);
  });

  it("remembers across restarts what has been revealed", () => {
    const ledger = new RevealLedger(small);
    const { batch: other, committee: keys } = randomBatch(small, 9, 1);
    revealAsMember(ledger, other, 1, keys[0]!);
    const kept = new RevealLedger(small, JSON.parse(JSON.stringify(ledger)) as Record<string, number[]>);
    expect(thrown(() => revealAsMember(kept, other, 2, keys[1]!))).to.include({ code: "blame-limit" });
    revealAsMember(kept, other, 1, keys[0]!);
  });
});

function inverseOf(x: bigint): bigint {
  let [result, base, e] = [1n, ((x % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER, FIELD_ORDER - 2n];
  for (; e > 0n; e >>= 1n, base = (base * base) % FIELD_ORDER) if (e & 1n) result = (result * base) % FIELD_ORDER;
  return result;
}
