import { genesisCommitment, bookWords, commitBook } from "../../prover/book/book.ts";
import { expect } from "chai";
import { isSubgroupPoint } from "../../prover/crypto/curve.ts";
import { FIELD_ORDER, toWord } from "../../prover/base/field.ts";
import { MandateRefused } from "../../prover/book/mandate.ts";
import { profiles, wordIndex } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { deriveBookKey } from "../../prover/crypto/randomness.ts";
import { decryptBook, sealingContext } from "../../prover/committee/sealing.ts";
import { parseTranscript, publicSignals, sealedWords } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { SubmissionInputs } from "../../prover/submission/witness.ts";
import { insistOn } from "../support/adherence.ts";
import { randomScenario, SCENARIO_KINDS } from "../support/scenario.ts";
import { thrown } from "../support/thrown.ts";

const { small, standard } = profiles;

/** [length, …] of each input; [] for a single signal. */
function shapes({
  name,
  slots: N,
  groups: U,
  orderDegree: T,
  bookDegree,
  wordNames,
}: Profile): Record<string, number[]> {
  return {
    words: [wordNames.length],
    x: [],
    q0: [N],
    order0: [N],
    cashAdj0: [],
    nav0: [],
    breachSince0: [],
    halvings0: [],
    salt0: [],
    order: [N],
    salt: [],
    rho: [U],
    ephemeral: [],
    bookKey: [],
    orderCoef: [U, T],
    rhoCoef: [U, T],
    bookKeyCoef: [bookDegree],
    lossBefore: [U],
    lossAfter: [U],
    strategyWords: [20],
    sleeveWeights: [name === "standard" ? 8 : 4],
    sleevePrice: [],
    directions: [N],
    clips: [N, 3],
    retreatBy: [N],
    refusedRow: [6 * U + N + 6],
  };
}

function shapeOf(input: SubmissionInputs[string]): number[] {
  if (typeof input === "bigint") return [];
  const inner = new Set(input.map((item) => JSON.stringify(shapeOf(item))));
  expect(inner.size).to.equal(1);
  return [input.length, ...(JSON.parse([...inner][0]!) as number[])];
}

describe("Building a submission", () => {
  for (const profile of [small, standard]) {
    for (const kind of SCENARIO_KINDS) {
      it(`gives the circuit of the ${profile.name} size its inputs, all in the field (${kind})`, () => {
        for (let seed = 0; seed < 3; seed++) {
          const { inputs, words, signals, newBook, submission } = buildSubmission(
            randomScenario(profile, seed, kind).request,
          );
          expect(
            Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, shapeOf(input)])),
          ).to.deep.equal(shapes(profile));
          const flat = Object.values(inputs).flat(2) as bigint[];
          expect(flat.every((x) => x >= 0n && x < FIELD_ORDER)).to.equal(true);
          expect(publicSignals(words)).to.deep.equal(signals);
          expect(submission).to.include({ newCommitment: commitBook(newBook), h: signals.h });
          expect(submission.sealedWords).to.deep.equal(sealedWords(profile, words));
        }
      });
    }
  }

  it("pads a second proof of one order with another cash flow afresh, so that the two show no difference of books", () => {
    const { request } = randomScenario(small, 1, "depositing");
    const [one, other] = [0n, 5_000_000n].map((more) => {
      const cashFlow = microUsd(request.chain.cashFlow + more);
      return buildSubmission({ ...request, chain: { ...request.chain, cashFlow } });
    });
    expect(one!.newBook.order).to.deep.equal(other!.newBook.order);
    const words = new Set(one!.submission.sealedWords);
    expect(other!.submission.sealedWords.filter((word) => words.has(word))).to.deep.equal([]);
  });

  it("writes into the header what the settled book says", () => {
    const header = (kind: (typeof SCENARIO_KINDS)[number]) => {
      const { request } = randomScenario(small, 1, kind);
      const built = buildSubmission(request);
      return { ...built, request, header: parseTranscript(small, built.words).header };
    };
    const redeeming = header("redeeming");
    expect(redeeming.header).to.deep.include({
      outflow: true,
      dealing: true,
      nav: redeeming.settlement.navBefore,
      redeemShares: redeeming.request.redeemShares,
    });
    expect(redeeming.newBook.nav).to.equal(redeeming.settlement.navBefore + redeeming.request.chain.cashFlow);
    const insolvent = header("insolvent");
    expect(insolvent.header).to.deep.include({ insolvent: true, nav: 0n });
    expect(insolvent.submission.insolvent).to.equal(1n);
    const first = header("first");
    expect(first.header).to.deep.include({ oldCommitment: genesisCommitment(small), nav: 0n });
    const { request } = randomScenario(small, 2, "inside");
    request.chain.dealing = false;
    expect(parseTranscript(small, buildSubmission(request).words).header.nav).to.equal(0n);
  });

  it("carries the new book so that the seed and the chain give it back", () => {
    for (const profile of [small, standard]) {
      const { request } = randomScenario(profile, 4);
      const { words, newBook } = buildSubmission(request);
      const { header, orderCommitments, payload, ephemeral } = parseTranscript(profile, words);
      const key = deriveBookKey(request.seed, header, ephemeral);
      expect(decryptBook(profile, payload.book, key, sealingContext(header, orderCommitments))).to.deep.equal(newBook);
      expect([ephemeral, ...orderCommitments].every(isSubgroupPoint)).to.equal(true);
    }
  });

  it("is the same again for the same request, and wholly other for another order", () => {
    const { request } = randomScenario(small, 6, "inside");
    const [once, again] = [buildSubmission(request), buildSubmission(request)];
    expect(again.words).to.deep.equal(once.words);
    const other = insistOn(
      request,
      once.decision.order.map(() => lots(0n)),
    );
    const own = new Set(
      small.wordNames.flatMap((name, i) =>
        /^(orderCommitments|ephemeral|payload)|newCommitment/.test(name) ? [once.words[i]] : [],
      ),
    );
    expect(other.words.filter((word) => own.has(word))).to.deep.equal([]);
  });

  it("refuses a book that is not the vault's", () => {
    const { request } = randomScenario(small, 6);
    const book = { ...request.book, cashAdj: microUsd(request.book.cashAdj + 1n) };
    expect(thrown(() => buildSubmission({ ...request, book }))).to.include({ code: "wrong-opening" });
  });

  it("refuses to pay redemptions from a book outside the mandate before anything is proven", () => {
    const { request } = randomScenario(small, 3, "redeeming");
    const mandate = { ...request.chain.mandate, concentrationBps: bps(0n), grossBps: bps(0n) };
    expect(thrown(() => buildSubmission({ ...request, chain: { ...request.chain, mandate } }))).to.be.instanceOf(
      MandateRefused,
    );
  });

  it("says which number leaves its range, and never what it is", () => {
    const { request } = randomScenario(small, 3, "depositing");
    request.chain.cashFlow = microUsd((1n << 50n) + 987_654_321n);
    request.chain.mandate = { ...request.chain.mandate, cashFloorBps: bps(0n) };
    expect(thrown(() => buildSubmission(request)))
      .to.include({ code: "out-of-range" })
      .with.property("message")
      .that.matches(/^nav must lie in/)
      .and.not.matches(/987654321/);
  });

  it("takes under 300 ms at the standard size", () => {
    const requests = [1, 2, 3, 4, 5].map((seed) => randomScenario(standard, seed).request);
    const times = requests.map((request) => {
      const start = process.cpuUsage();
      buildSubmission(request);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1_000;
    });
    expect(Math.min(...times)).to.be.below(300);
  });

  it("puts signed numbers into the field and bits where the circuit looks for them", () => {
    const { request } = randomScenario(small, 0, "insolvent");
    const { inputs, words, newBook } = buildSubmission(request);
    expect(inputs.cashAdj0).to.equal(toWord(request.book.cashAdj));
    expect(inputs.retreatBy).to.deep.equal(request.book.positions.map(() => 0n));
    expect(words[wordIndex(small, "header.insolvent")]).to.equal(1n);
    expect(bookWords(newBook)).to.have.length(small.bookWords);
  });
});
