import { readFileSync, writeFileSync } from "node:fs";
import { parseDeployment } from "../sdk/deployment.ts";
import type { Deployment } from "../sdk/deployment.ts";
import { TacitError } from "../sdk/errors.ts";

/** @throws TacitError `NO_DEPLOYMENT`, `BAD_DEPLOYMENT`, `OLD_DEPLOYMENT` */
export function readDeployment(path: string): Deployment {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new TacitError(
      "NO_DEPLOYMENT",
      `there is no deployment file ${path}: name the market's with --deployment, or with TACIT_DEPLOYMENT in the environment (npm start prints where it has put its own)`,
    );
  }
  return parseDeployment(text, path);
}

export function writeDeployment(path: string, deployment: Deployment): void {
  writeFileSync(path, `${JSON.stringify(deployment, null, 2)}\n`);
}
