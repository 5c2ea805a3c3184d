import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import packaged, { inflate } from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

const SYSTEM = "/usr/bin/chromium";

/** A headless Chromium: the machine's, or the package's with the libraries it brings along. */
export async function openBrowser(): Promise<Browser> {
  if (existsSync(SYSTEM)) return chromium.launch({ executablePath: SYSTEM, args: ["--no-sandbox"] });
  const bin = new URL("../bin/", import.meta.resolve("@sparticuz/chromium"));
  const libraries = await inflate(fileURLToPath(new URL("al2023.tar.br", bin)));
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    args: packaged.args,
    env: { ...process.env, LD_LIBRARY_PATH: join(libraries, "lib") },
  });
}
