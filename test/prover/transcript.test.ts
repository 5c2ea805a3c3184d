import { expect } from "chai";
import { ethers } from "ethers";
import { CIRCUITS } from "../../circuits/manifest.ts";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { describeWord, profiles, wordIndex } from "../../prover/format/profile.ts";
import {
  challenge,
  parseMandateWords,
  parseSealedWords,
  parseSettleWords,
  parseSnapshotWords,
  parseTranscript,
  publicSignals,
  sealedWords,
  section,
  snapshotHash,
  transcriptWords,
} from "../../prover/format/transcript.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import { randomScenario } from "../support/scenario.ts";
import { thrown } from "../support/thrown.ts";

const { small, standard } = profiles;

describe("The transcript", () => {
  it("has 345 words at the standard size and 107 at the small one, each with its own name", () => {
    expect(standard.wordNames).to.have.length(345);
    expect(small.wordNames).to.have.length(107);
    for (const { wordNames } of [small, standard]) expect(new Set(wordNames).size).to.equal(wordNames.length);
  });

  it("has the sizes the circuits are compiled for", () => {
    for (const { profile, parameters } of CIRCUITS.filter(({ name }) => name === "rebalance")) {
      const {
        slots: N,
        groups: U,
        scenarios: S,
        members: M,
        orderDegree: T_ORDER,
        bookDegree: T_BOOK,
      } = profiles[profile];
      expect(parameters).to.deep.equal({ N, U, S, M, T_ORDER, T_BOOK });
    }
  });

  it("holds the parts in the order of docs/protocol.md §2", () => {
    const first = (name: string): number => wordIndex(standard, name);
    expect([
      first("header.chainId"),
      first("header.strategyCommitment"),
      first("orderCommitments[0].x"),
      first("ephemeral.x"),
      first("mandate.deltaBps"),
      first("snapshot.slot[0].rows[0]"),
      first("snapshot.slot[0].carryIndex"),
      first("snapshot.slotFlags"),
      first("settle.flags"),
      first("settle.slot[15].exitIndex"),
      first("committeeKeys[1].x"),
      first("payload.member[1].orderShare[0]"),
      first("payload.member[5].bookKeyShare"),
      first("payload.book[0]"),
      first("payload.book[7]"),
    ]).to.deep.equal([0, 14, 16, 24, 26, 38, 44, 230, 233, 281, 282, 292, 336, 337, 344]);
    expect(describeWord(small, wordIndex(small, "snapshot.slot[2].carryIndex"))).to.equal(
      "word 52: snapshot.slot[2].carryIndex",
    );
    expect(thrown(() => wordIndex(small, "snapshot.slot[4].carryIndex"))).to.include({ code: "out-of-range" });
  });

  it("gives its parts back", () => {
    for (const profile of [small, standard]) {
      for (let seed = 0; seed < 6; seed++) {
        const { request } = randomScenario(profile, seed);
        const { words } = buildSubmission(request);
        const parts = parseTranscript(profile, words);
        expect(transcriptWords(profile, parts)).to.deep.equal(words);
        const { mandate, snapshot, settle, committeeKeys, cashFlow } = request.chain;
        expect(parts).to.deep.include({ mandate, snapshot, settle, committeeKeys });
        expect(parts.header.cashFlow).to.equal(cashFlow);
        expect(parseSnapshotWords(profile, section(profile, words, "snapshot"))).to.deep.equal(snapshot);
        expect(parseSettleWords(profile, section(profile, words, "settle"))).to.deep.equal(settle);
        expect(parseMandateWords(profile, section(profile, words, "mandate"))).to.deep.equal(mandate);
        const { orderCommitments, ephemeral, payload } = parts;
        expect(parseSealedWords(profile, sealedWords(profile, words))).to.deep.equal({
          orderCommitments,
          ephemeral,
          payload,
        });
      }
    }
  });

  it("hashes words as the contract does", () => {
    const { words, signals } = buildSubmission(randomScenario(small, 11).request);
    const digest = ethers.keccak256(ethers.concat(words.map((word) => ethers.toBeHex(word, 32))));
    const x =
      BigInt(ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32"], [signals.h, digest]))) %
      FIELD_ORDER;
    expect(signals.x).to.equal(x);
    let [sum, power] = [0n, 1n];
    for (const word of words) [sum, power] = [(sum + word * power) % FIELD_ORDER, (power * x) % FIELD_ORDER];
    expect(signals.d).to.equal(sum);
    expect(snapshotHash(words)).to.equal(BigInt(digest) % FIELD_ORDER);
  });

  it("changes h, x and d with every single word", () => {
    for (const profile of [small, standard]) {
      const { words } = buildSubmission(randomScenario(profile, 5).request);
      const original = publicSignals(words);
      words.forEach((word, i) => {
        const changed = publicSignals(words.map((w, j) => (j === i ? (w + 1n) % FIELD_ORDER : w)));
        expect(changed.h, describeWord(profile, i)).to.not.equal(original.h);
        expect(changed.x, describeWord(profile, i)).to.not.equal(original.x);
        expect(changed.d, describeWord(profile, i)).to.not.equal(original.d);
        expect(challenge(original.h, words.with(i, ((word + 1n) % FIELD_ORDER) as typeof word))).to.not.equal(
          original.x,
        );
      });
    }
  });

  it("refuses words outside the field, so that nothing has two encodings", () => {
    const { words } = buildSubmission(randomScenario(small, 5).request);
    for (const bad of [FIELD_ORDER, -1n, words[20]! + FIELD_ORDER]) {
      const changed = words.with(20, bad as (typeof words)[number]);
      expect(thrown(() => publicSignals(changed))).to.include({ code: "not-canonical" });
      expect(thrown(() => parseTranscript(small, changed)))
        .to.include({ code: "not-canonical" })
        .with.property("message")
        .that.matches(/^word 20: /);
    }
  });

  it("names the word that isn't what its place wants", () => {
    const { words } = buildSubmission(randomScenario(small, 5).request);
    for (const [name, value] of [
      ["header.insolvent", 2n],
      ["snapshot.slotFlags", 256n],
      ["settle.flags", 64n],
    ] as const) {
      const error = thrown(() =>
        parseTranscript(small, words.with(wordIndex(small, name), value as (typeof words)[number])),
      );
      expect(error).to.include({ code: "not-canonical" }).with.property("message").that.includes(name);
    }
    expect(thrown(() => parseTranscript(small, words.slice(1)))).to.include({ code: "wrong-length" });
    expect(thrown(() => parseTranscript(standard, words))).to.include({ code: "wrong-length" });
  });
});
