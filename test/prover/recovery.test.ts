import { expect } from "chai";
import { Wallet } from "ethers";
import { genesisBook } from "../../prover/book/book.ts";
import { FIELD_ORDER, toWord } from "../../prover/base/field.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { isBookShareSignedBy, openBookFrom, shareOfBook, signBookShare } from "../../prover/committee/recovery.ts";
import type { BookShare } from "../../prover/committee/recovery.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import { randomScenario } from "../support/scenario.ts";
import { thrown } from "../support/thrown.ts";

/** A submission, as whoever ends its vault finds it on the chain, and all members' shares. */
function submitted(profile: Profile, seed: number) {
  const { request, committee } = randomScenario(profile, seed, "inside");
  const { submission, newBook } = buildSubmission(request);
  const { chainId, market, vault, epoch, snapshotHash, oldCommitment } = request.chain;
  const last = {
    epoch,
    snapshotHash,
    oldCommitment,
    newCommitment: BigInt(submission.newCommitment),
    sealedWords: submission.sealedWords.map(BigInt),
  };
  const id = { chainId, market, vault };
  return { id, last, newBook, shares: committee.map((key, j) => shareOfBook(profile, id, last, j + 1, key)) };
}
const spoilt = (share: BookShare, by = 1n): BookShare => ({ ...share, share: toWord(share.share + by) });

describe("Opening the book of a vault without its owner", () => {
  const { small, standard } = profiles;

  it("takes the shares of any T_BOOK + 1 members, and no fewer do", () => {
    for (const profile of [small, standard]) {
      const { id, last, newBook, shares } = submitted(profile, 1);
      const needed = profile.bookDegree + 1;
      for (let away = 0; away < profile.members; away++) {
        const present = shares.filter((_, j) => j !== away);
        const open = () => openBookFrom(profile, id, last, present);
        if (present.length >= needed) expect(open().book).to.deep.equal(newBook);
        else expect(thrown(open)).to.include({ code: "opening-not-found" });
      }
      expect(thrown(() => openBookFrom(profile, id, last, shares.slice(0, needed - 1)))).to.include({
        code: "opening-not-found",
      });
    }
  });

  it("of a committee of five works whichever member lies, whatever it says, and names the four that gave it", () => {
    const { id, last, newBook, shares } = submitted(standard, 2);
    for (let liar = 1; liar <= standard.members; liar++) {
      const said = shares.map((share) => (share.member === liar ? spoilt(share, FIELD_ORDER - 7n) : share));
      const { book, members } = openBookFrom(standard, id, last, said);
      expect(book).to.deep.equal(newBook);
      expect(members).to.have.length(4).and.not.include(liar);
    }
  });

  it("does not work with one lying and one away, which leaves three: nothing is opened rather than something wrong", () => {
    const { id, last, shares } = submitted(standard, 3);
    expect(thrown(() => openBookFrom(standard, id, last, [spoilt(shares[0]!), ...shares.slice(1, 4)]))).to.include({
      code: "opening-not-found",
    });
  });

  it("counts a member once, and nobody who is none", () => {
    const { id, last, newBook, shares } = submitted(standard, 4);
    const [one, two, three, four] = shares as [BookShare, BookShare, BookShare, BookShare];
    const strangers = [0, 6, 1.5, -1, NaN].map((member) => ({ ...four, member }));
    expect(thrown(() => openBookFrom(standard, id, last, [one, one, two, three, ...strangers]))).to.include({
      code: "opening-not-found",
    });
    expect(
      openBookFrom(standard, id, last, [one, one, spoilt(two), ...strangers, two, three, four]).book,
    ).to.deep.equal(newBook);
  });

  it("opens no other vault's book, nor another submission of the same vault", () => {
    const [mine, other] = [submitted(standard, 5), submitted(standard, 6)];
    expect(thrown(() => openBookFrom(standard, other.id, other.last, mine.shares))).to.include({
      code: "opening-not-found",
    });
    expect(
      thrown(() => openBookFrom(standard, { ...mine.id, vault: mine.id.vault + 1n }, mine.last, mine.shares)),
    ).to.include({ code: "opening-not-found" });
    expect(mine.newBook).to.not.deep.equal(genesisBook(standard.slots));
  });

  it("has each share signed for one market, vault, book and member", async () => {
    const { shares } = submitted(small, 7);
    const wallet = new Wallet(`0x${"11".repeat(32)}`);
    const signed = await signBookShare(wallet, shares[0]!);
    expect(isBookShareSignedBy(wallet.address, signed)).to.equal(true);
    for (const name of ["chainId", "market", "vault", "epoch", "commitment", "share"] as const) {
      const changed = {
        ...signed,
        statement: { ...signed.statement, [name]: signed.statement[name] + 1n } as BookShare,
      };
      expect(isBookShareSignedBy(wallet.address, changed), name).to.equal(false);
    }
    expect(isBookShareSignedBy(wallet.address, { ...signed, statement: { ...signed.statement, member: 2 } })).to.equal(
      false,
    );
    expect(isBookShareSignedBy(wallet.address, { ...signed, signature: "0x00" })).to.equal(false);
  });
});
