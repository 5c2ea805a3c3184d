import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import packaged, { inflate } from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

const SYSTEM = "/usr/bin/chromium";

/** A headless Chromium: the machine's, or the package's with the libraries it brings along. */
export async function openBrowser(): Promise<Browser> {
  if (existsSync(SYSTEM)) return chromium.launch({ executablePath: SYSTEM, args: ["--no-sandbox"] });
  const folder = dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium/package.json"));
  const libraries = await inflate(join(folder, "bin", "al2023.tar.br"));
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    args: packaged.args,
    env: { ...process.env, LD_LIBRARY_PATH: join(libraries, "lib") },
  });
}
