import { genesisCommitment, commitBook, genesisBook } from "../../prover/book/book.ts";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { Book } from "../../prover/book/book.ts";
import { profiles } from "../../prover/format/profile.ts";
import { createSeedFile, readSeedFile, SeedFileError } from "../../prover/node/seedFile.ts";
import { lots } from "../../prover/base/units.ts";
import { openPrivateBooks, rebuildBook, PrivateBooksError } from "../../prover/node/privateBooks.ts";
import type { VaultChainReader, PrivateBooks } from "../../prover/committee/sealedBook.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/submission/witness.ts";
import { arbitraryScenario, randomScenario } from "../support/scenario.ts";

const { small } = profiles;

/** A chain on which submissions land when the test says so. */
class Chain implements VaultChainReader {
  #standing: bigint = genesisCommitment(small);
  #last: Awaited<ReturnType<VaultChainReader["lastSubmission"]>>;

  land({ chain }: SubmissionRequest, { submission }: BuiltSubmission): void {
    const { epoch, snapshotHash, oldCommitment } = chain;
    const { newCommitment, sealedWords } = submission;
    this.#standing = newCommitment;
    this.#last = { epoch, snapshotHash, oldCommitment, newCommitment, sealedWords };
  }

  commitment = async () => this.#standing;
  lastSubmission = async () => this.#last;
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );
}

describe("The owner's private state", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tacit-state-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const { request } = randomScenario(small, 8, "inside");
  const built = buildSubmission(request);
  const seed = request.seed;
  const open = (chain: VaultChainReader, as = seed): PrivateBooks =>
    openPrivateBooks({ profile: small, seed: as, vault: request.chain, chain, folder: join(folder, "state") });

  const files = (): string[] => {
    const vaults = readdirSync(join(folder, "state"));
    return vaults.flatMap((vault) =>
      readdirSync(join(folder, "state", vault)).map((file) => join(folder, "state", vault, file)),
    );
  };

  /** The next submission of the vault, on top of a book. */
  const next = (book: Book, epoch: bigint): [SubmissionRequest, BuiltSubmission] => {
    const order = book.positions.map(() => lots(0n));
    const chain = { ...request.chain, epoch, halted: true, oldCommitment: commitBook(book) };
    const following = { ...request, book, order, chain };
    return [following, buildSubmission(following)];
  };

  it("starts with the book of nothing that the contract gives every vault", async () => {
    expect(await open(new Chain()).current()).to.deep.equal(genesisBook(small.slots));
  });

  it("gives back the book behind the commitment that stands, whichever run kept it", async () => {
    const chain = new Chain();
    await open(chain).keep(built.newBook);
    chain.land(request, built);
    chain.lastSubmission = () => expect.fail("the book is on disk");
    expect(await open(chain).current()).to.deep.equal(built.newBook);
  });

  it("loses nothing to a crash between proof and submission, or between submission and confirmation", async () => {
    const chain = new Chain();
    await open(chain).keep(built.newBook);
    chain.land(request, built);
    const [secondRequest, second] = next(built.newBook, request.chain.epoch + 1n);
    // Kept, then crashed: the chain has not seen it.
    await open(chain).keep(second.newBook);
    expect(await open(chain).current()).to.deep.equal(built.newBook);
    // It was on its way after all.
    chain.land(secondRequest, second);
    expect(await open(chain).current()).to.deep.equal(second.newBook);
    // A reorganisation takes it back.
    chain.land(request, built);
    expect(await open(chain).current()).to.deep.equal(built.newBook);
  });

  it("rebuilds any book from the seed and the chain alone", () =>
    fc.assert(
      fc.asyncProperty(arbitraryScenario(small), async (scenario) => {
        const submission = buildSubmission(scenario.request);
        const chain = new Chain();
        chain.land(scenario.request, submission);
        const book = await rebuildBook(small, scenario.request.seed, scenario.request.chain, chain);
        expect(book).to.deep.equal(submission.newBook);
      }),
      { numRuns: 20 },
    ));

  it("needs no state folder: what is lost, cut short or altered comes back from the chain", async () => {
    const chain = new Chain();
    chain.land(request, built);
    expect(await open(chain).current()).to.deep.equal(built.newBook);
    const [file] = files();
    const whole = readFileSync(file!);
    truncateSync(file!, 20);
    expect(await open(chain).current()).to.deep.equal(built.newBook);
    for (const at of [0, 13, 40, whole.length - 1]) {
      writeFileSync(
        file!,
        whole.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      );
      expect(await open(chain).current()).to.deep.equal(built.newBook);
    }
    rmSync(join(folder, "state"), { recursive: true });
    expect(await open(chain).current()).to.deep.equal(built.newBook);
  });

  it("says that a seed is the wrong one, instead of making up a book", async () => {
    const chain = new Chain();
    chain.land(request, built);
    await open(chain).current();
    const error = (await failure(
      open(
        chain,
        seed.map((byte) => byte ^ 1),
      ).current(),
    )) as PrivateBooksError;
    expect(error).to.be.instanceOf(PrivateBooksError);
    expect(error.code).to.equal("wrong-seed");
    expect(error.message).to.include("seed the vault was run with");
  });

  it("refuses a last submission that is not the one that stands", async () => {
    const chain = new Chain();
    chain.land(request, built);
    chain.commitment = async () => 1n;
    expect(((await failure(open(chain).current())) as PrivateBooksError).code).to.equal("chain-moved");
  });

  it("writes files that only their owner can read, and nothing of the book in clear", async () => {
    await open(new Chain()).keep(built.newBook);
    const [file, ...others] = files();
    expect(others).to.deep.equal([]);
    expect(statSync(file!).mode & 0o777).to.equal(0o600);
    expect(statSync(join(file!, "..")).mode & 0o777).to.equal(0o700);
    const content = readFileSync(file!);
    expect(content).to.have.length(12 + 16 + 32 * small.bookWords);
    await open(new Chain()).keep(built.newBook);
    expect(readFileSync(file!).equals(content), "the same book is encrypted anew").to.equal(false);
  });

  it("keeps the latest sixteen books and drops older ones", async () => {
    const chain = new Chain();
    const state = open(chain);
    for (let breachSince = 0n; breachSince < 20n; breachSince++) await state.keep({ ...built.newBook, breachSince });
    expect(files()).to.have.length(16);
  });

  describe("seed file", () => {
    const path = (): string => join(folder, "seed");

    it("is drawn at random, comes back as it was, and is its owner's alone", () => {
      const drawn = createSeedFile(path());
      expect(drawn).to.have.length(32);
      expect(Buffer.from(readSeedFile(path())).equals(drawn)).to.equal(true);
      expect(statSync(path()).mode & 0o777).to.equal(0o600);
      expect(createSeedFile(join(folder, "other"))).not.to.deep.equal(drawn);
    });

    it("is never overwritten", () => {
      const drawn = createSeedFile(path());
      expect(() => createSeedFile(path())).to.throw(SeedFileError, "never overwritten");
      expect(Buffer.from(readSeedFile(path())).equals(drawn)).to.equal(true);
    });

    for (const mode of [0o640, 0o604, 0o660]) {
      it(`is refused with mode ${mode.toString(8)}, saying how to close it`, () => {
        createSeedFile(path());
        chmodSync(path(), mode);
        expect(() => readSeedFile(path())).to.throw(SeedFileError, `chmod 600 ${path()}`);
      });
    }

    it("is refused if missing or anything but a seed, without quoting it", () => {
      expect(() => readSeedFile(path())).to.throw(SeedFileError, "ENOENT");
      const almost = "a1b2c3d4".repeat(7);
      writeFileSync(path(), almost, { mode: 0o600 });
      expect(() => readSeedFile(path()))
        .to.throw(SeedFileError, "64 hexadecimal digits")
        .with.property("message")
        .that.does.not.include(almost);
    });
  });
});
