import { execFile, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
}

/** An empty project that has installed this package from its tarball, with what it depends on and nothing else. */
export class InstalledProject {
  readonly folder = mkdtempSync(join(tmpdir(), "tacit-installed-"));
  /** Paths in the tarball. */
  readonly files: readonly string[];

  constructor() {
    this.#run("npm", ["pack", "--pack-destination", this.folder], ROOT);
    const tarball = readdirSync(this.folder).find((name) => name.endsWith(".tgz"))!;
    this.#run("tar", ["-xzf", tarball]);
    this.files = this.#run("tar", ["-tzf", tarball])
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, ""));
    mkdirSync(this.at("node_modules"));
    this.#run("mv", ["package", "node_modules/tacit-vaults"]);
    this.#installDependencies();
    this.write("package.json", JSON.stringify({ type: "module", private: true }));
  }

  at(...path: string[]): string {
    return join(this.folder, ...path);
  }

  write(name: string, text: string): void {
    writeFileSync(this.at(name), text);
  }

  /** @returns what the program printed */
  async node(program: string, ...args: string[]): Promise<string> {
    const links = ["--preserve-symlinks", "--preserve-symlinks-main"];
    const { stdout } = await execute(process.execPath, [...links, program, ...args], { cwd: this.folder });
    return stdout;
  }

  /** @returns what the compiler has to say */
  typeCheck(): string {
    const { stdout } = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "."], {
      cwd: this.folder,
      encoding: "utf8",
    });
    return stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** As npm lays them out: from the lock file, those of others up where there is room. Their files are links. */
  #installDependencies(): void {
    const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, Locked>;
    };
    const depth = (path: string): number => path.split("node_modules/").length;
    const topFirst = Object.entries(packages).toSorted(([a], [b]) => depth(a) - depth(b));
    for (const [path, { dev, devOptional, optional }] of topFirst) {
      if (!path.startsWith("node_modules/") || dev || devOptional || optional || !existsSync(join(ROOT, path)))
        continue;
      const name = path.slice(path.lastIndexOf("node_modules/"));
      const to = this.at(existsSync(this.at(name)) ? path : name);
      mkdirSync(to, { recursive: true });
      for (const entry of readdirSync(join(ROOT, path)))
        if (entry !== "node_modules") symlinkSync(join(ROOT, path, entry), join(to, entry));
    }
  }

  #run(program: string, args: readonly string[], cwd = this.folder): string {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
    expect(status, `${program} ${args.join(" ")}: ${stderr}`).to.equal(0);
    return stdout;
  }
}
