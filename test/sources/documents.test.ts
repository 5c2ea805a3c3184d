import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import { profiles } from "../../prover/format/profile.ts";
import { strategySchema } from "../../prover/strategy/parameters.ts";

const LINE_WIDTH = 120;
const outside = (path: string): boolean => /(^|\/)(node_modules|artifacts|cache|coverage|\.cache)(\/|$)/.test(path);
const find = (pattern: string): string[] => globSync(pattern, { exclude: outside }).filter((path) => !outside(path));
const documents = find("**/*.md").map((path) => ({ path, text: readFileSync(path, "utf8") }));

/** Whatever a pattern's first group finds in a document, with the document's name. */
const mentions = (pattern: RegExp): { path: string; found: string }[] =>
  documents.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([, found]) => ({ path, found: found! })));

/** The anchors that a Markdown viewer gives the headings of a document. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "")
      .replaceAll(" ", "-"),
  );

/** What would go stale unseen when something is moved or renamed. */
describe("The documents", () => {
  it("link to files and headings that are there", () => {
    const broken = mentions(/\]\(([^)\s]+)\)/g).filter(({ path, found }) => {
      if (/^https?:/.test(found)) return false;
      const [file = "", anchor] = found.split("#");
      const target = file === "" ? path : normalize(join(dirname(path), file));
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith(".md") && !anchors(readFileSync(target, "utf8")).includes(anchor);
    });
    expect(documents.length).to.be.greaterThan(20);
    expect(broken).to.deep.equal([]);
  });

  it("name scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const named = mentions(/npm run (?:--silent )?([a-z:]+)/g);
    expect(named.length).to.be.greaterThan(20);
    expect(named.filter(({ found }) => !(found in scripts))).to.deep.equal([]);
  });

  it("name source files that are there", () => {
    const sources = find("**/*.{ts,sol,circom}");
    const named = mentions(/`((?:[\w.-]+\/)*[\w-]+\.(?:ts|sol|circom))`/g);
    expect(named.length).to.be.greaterThan(60);
    expect(
      named.filter(({ found }) => !sources.some((source) => source === found || source.endsWith(`/${found}`))),
    ).to.deep.equal([]);
  });

  it(`keep prose within ${LINE_WIDTH} columns`, () => {
    const long = documents.flatMap(({ path, text }) =>
      text
        .replace(/^```[^]*?^```$|^<!-- format: [^]*?^<!-- format end -->$/gm, (block) => block.replace(/.+/g, ""))
        .split("\n")
        .flatMap((line, i) => (line.length > LINE_WIDTH && !/^(\||!\[)/.test(line) ? [`${path}:${i + 1}`] : [])),
    );
    expect(long).to.deep.equal([]);
  });

  it("say what every field of a strategy file is", () => {
    const text = readFileSync("docs/strategy-authors.md", "utf8");
    const names = (schema: unknown): string[] => {
      const { properties = {}, items } = (schema ?? {}) as { properties?: Record<string, unknown>; items?: unknown };
      return [
        ...Object.entries(properties).flatMap(([name, inner]) => [name, ...names(inner)]),
        ...(items === undefined ? [] : names(items)),
      ];
    };
    const fields = names(strategySchema(profiles.standard));
    expect(fields.length).to.be.above(25);
    expect(fields.filter((name) => !text.includes(`\`${name}\``))).to.deep.equal([]);
  });

  it("have a glossary in alphabetical order, each word once", () => {
    const [, table] = readFileSync("docs/concepts.md", "utf8").split("\n| word | meaning |\n|---|---|\n");
    const words = [...table!.matchAll(/^\| ([a-zA-Z][^|]*) \|/gm)].map(([, word]) => word!);
    expect(words.length).to.be.greaterThan(80);
    expect(words).to.deep.equal([...new Set(words)].sort((a, b) => a.localeCompare(b, "en")));
  });
});
