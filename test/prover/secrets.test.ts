import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { secretNumbers, secretRequest, SECRET_VIEWS } from "./fixtures/secrets.ts";

const SEED = Uint8Array.from({ length: 32 }, (_, i) => (i * 151 + 77) % 256);

/** Everything a program could be seen by: a name, and what was there. */
type Traces = Map<string, Buffer>;

/** All files under a folder. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Command lines and environments of a process and its descendants, as they are now. */
function watch(root: number, seen: Traces): void {
  const family = new Set([root]);
  // Parents have lower numbers than their children, as long as numbers don't wrap around.
  for (const pid of readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)) {
    try {
      const [, parent] = / \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))!;
      if (pid !== root && !family.has(Number(parent))) continue;
      family.add(pid);
      for (const what of ["cmdline", "environ"]) {
        const name = `${what} of process ${pid}`;
        seen.set(name, Buffer.concat([seen.get(name) ?? Buffer.of(), readFileSync(`/proc/${pid}/${what}`)]));
      }
    } catch {
      // it ended meanwhile
    }
  }
}

/** The ways a number could be written. */
function writings(x: bigint): { text: RegExp; bytes: Buffer[] } {
  const hex = x.toString(16);
  const even = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  // Fewer bytes than these turn up by chance.
  const bytes = even.length >= 5 ? [even, Buffer.from(even).reverse()] : [];
  return { text: new RegExp(`(?<![0-9a-f])(0x0*${hex}|0*${hex}|${x})n?(?![0-9a-f])`, "i"), bytes };
}

const shows = (content: Buffer, { text, bytes }: ReturnType<typeof writings>): boolean =>
  text.test(content.toString("latin1")) || bytes.some((form) => content.includes(form));

describe("The owner's secrets", function () {
  let folder: string;
  let seen: Traces;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-secrets-"));
    const temporary = join(folder, "tmp");
    mkdirSync(temporary);
    writeFileSync(join(folder, "seed"), Buffer.from(SEED).toString("hex"), { mode: 0o600 });
    seen = new Map();

    const program = spawn(
      process.execPath,
      [fileURLToPath(new URL("./fixtures/secretProgram.ts", import.meta.url)), folder],
      {
        cwd: folder,
        env: { HOME: folder, TMPDIR: temporary },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    for (const [name, stream] of [
      ["stdout", program.stdout],
      ["stderr", program.stderr],
    ] as const) {
      seen.set(name, Buffer.of());
      stream.on("data", (chunk: Buffer) => seen.set(name, Buffer.concat([seen.get(name)!, chunk])));
    }
    const watcher = setInterval(() => watch(program.pid!, seen), 100);
    const exitCode = await new Promise((resolve) => program.once("close", resolve));
    clearInterval(watcher);
    expect(exitCode, seen.get("stderr")!.toString()).to.equal(0);
    for (const path of filesUnder(folder)) if (path !== join(folder, "seed")) seen.set(path, readFileSync(path));
    for (const name of readdirSync("/dev/shm")) if (name.startsWith("tacit")) seen.set(`/dev/shm/${name}`, Buffer.of());
  });

  after(() => rmSync(folder, { recursive: true }));

  const tracesOf = (isIn: (content: Buffer) => boolean): string[] =>
    [...seen].filter(([, content]) => isIn(content)).map(([name]) => name);

  it("are looked for where a program leaves traces: output, files, arguments, environment", () => {
    const names = [...seen.keys()];
    expect(seen.get("stdout")!.toString()).to.include("proven").and.include("sealedWords");
    expect(seen.get("stderr")!.toString())
      .to.include("the order breaks its mandate")
      .and.include("the strategy lacks viewsBps")
      .and.include("viewsBps[0] must be a whole number")
      .and.include("not valid JSON")
      .and.include("This seed does not open")
      .and.include("The inputs contradict the circuit")
      .and.include("is not a bigint")
      .and.include("rapidsnark ended with exit code 3")
      .and.include("closed before the proof was made");
    expect(names.filter((name) => name.endsWith(".book"))).to.have.length(2);
    expect(names.filter((name) => name.startsWith("environ"))).to.have.length.at.least(3);
    expect(tracesOf((content) => content.includes("proving/worker.ts"))).not.to.deep.equal([]);
    expect(names.filter((name) => name.startsWith("/dev/shm"))).to.deep.equal([]);
  });

  it("would be found: what is public is", () => {
    const { chain } = secretRequest(SEED);
    expect(tracesOf((content) => shows(content, writings(chain.vault)))).to.include("stdout");
    expect(secretNumbers(SEED)).to.have.length.above(20);
  });

  it("leave no trace of the strategy's words, positions, orders, cash, keys, blindings and sharing coefficients", () => {
    for (const x of secretNumbers(SEED)) expect(tracesOf((content) => shows(content, writings(x)))).to.deep.equal([]);
  });

  it("leave no trace of the seed", () => {
    const bytes = Buffer.from(SEED);
    const forms = [
      bytes,
      Buffer.from(bytes).reverse(),
      ...(["hex", "base64", "base64url"] as const).map((as) => Buffer.from(bytes.toString(as).slice(0, 24))),
    ];
    const lists = [Buffer.from([...SEED.slice(0, 8)].join(",")), Buffer.from([...SEED.slice(0, 8)].join(", "))];
    expect(tracesOf((content) => [...forms, ...lists].some((form) => content.includes(form)))).to.deep.equal([]);
  });

  it("leave no trace of the strategy", () => {
    const text = (x: bigint) => new RegExp(`(?<!\\d)${x < 0n ? -x : x}(?!\\d)`);
    for (const x of SECRET_VIEWS)
      for (const name of ["stdout", "stderr"]) expect(text(x).test(seen.get(name)!.toString())).to.equal(false);
  });
});
