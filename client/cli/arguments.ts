// What commander makes of the words on a command line.
import { InvalidArgumentError } from "commander";
// Not all of ethers: help is to come at once.
import { isAddress } from "ethers/address";
import { parseUnits } from "ethers/utils";

export const address = (text: string): string => {
  if (!isAddress(text))
    throw new InvalidArgumentError(
      "not an address: 0x and 40 hex digits (with capitals only where the checksum has them).",
    );
  return text;
};
export const whole = (text: string): number => {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError("not a whole number of at most 15 digits.");
  return Number(text);
};
export const url = (text: string): string => {
  if (!URL.canParse(text)) throw new InvalidArgumentError(`"${text}" is no URL.`);
  return text.replace(/\/$/, "");
};
/** Nodes to ask, in order: several URLs with commas, or the option several times. */
export function nodes(text: string, before = DEFAULT_NODES): string[] {
  const found = text.split(",").filter(Boolean).map(nodeUrl);
  if (found.length === 0)
    throw new InvalidArgumentError("it is empty: name a node's URL, such as http://127.0.0.1:8545, or leave it out.");
  return before === DEFAULT_NODES ? found : [...before, ...found];
}
/** Where most local chains are. */
export const DEFAULT_NODES = ["http://127.0.0.1:8545"];

function nodeUrl(text: string): string {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  if (/^wss?:/i.test(whole))
    throw new InvalidArgumentError(`"${text}" is a WebSocket: name the node's http or https URL.`);
  if (!/^https?:/i.test(whole) || !URL.canParse(whole))
    throw new InvalidArgumentError(`"${text}" is no node's URL, such as http://127.0.0.1:8545.`);
  return whole;
}
/** A whole number from low to high. */
export const between =
  (low: number, high: number) =>
  (text: string): number => {
    const number = whole(text);
    if (number < low || number > high) throw new InvalidArgumentError(`not a whole number from ${low} to ${high}.`);
    return number;
  };
/** Names apart by commas, such as ETH,BTC. */
export const names = (text: string): string[] => {
  const list = text
    .toUpperCase()
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  if (list.length === 0) throw new InvalidArgumentError("no name: write ETH or ETH,BTC.");
  return list;
};
export const urls = (text: string): string[] => text.split(",").filter(Boolean).map(url);
/** An amount above 0 with at most so many decimals, in its smallest unit. */
export const amount =
  (decimals: number) =>
  (text: string): bigint => {
    try {
      const units = parseUnits(text, decimals);
      if (units > 0n) return units;
    } catch {
      // Said below.
    }
    throw new InvalidArgumentError(`not an amount above 0 with at most ${decimals} decimals, such as 1500 or 0.25.`);
  };
