// What contracts refuse steps with, in words.
import type { ErrorDescription } from "ethers";
import { count, instant as instantOf, usd } from "../format.ts";
import { contractNames, interfaceOf } from "./contract.ts";
import { PHASES, VAULT_STATUSES } from "./types.ts";

const instant = (seconds: unknown): string => instantOf(Number(seconds));
const phase = (index: unknown): string => `"${PHASES[Number(index)]}"`;
const status = (index: unknown): string => VAULT_STATUSES[Number(index)] ?? "unknown";

/** By the name of a contract's error, with its arguments: what it means for whoever sent the step, and what to do. */
const MEANINGS: Readonly<Record<string, (...args: unknown[]) => string>> = {
  AccessManagedUnauthorized: (caller) => `${caller} has no right to it: governance gives the role`,
  AlreadySubmitted: (_, epoch) => `the vault is in epoch ${epoch} already`,
  BadSchedule: (interval, offset) =>
    `epochs e with e mod ${interval} = ${offset} would deal, and there are none: an offset is below its interval`,
  BondStays: (_, is) => `the vault is ${status(is)}, and its bond stays until it has ended`,
  BookStaysSealed: (_, is) => `the vault is ${status(is)}: its book is opened once it is in recovery or insolvent`,
  CapacityReached: (room) => `the queue has room for ${usd(BigInt(room as bigint))} more: ask for less, or later`,
  ChallengeRunning: (ends) => `the owner may still answer until ${instant(ends)}`,
  DeadlineNotPassed: (deadline) => `it is due after ${instant(deadline)}`,
  DeadlinePassed: (deadline) => `the window ended at ${instant(deadline)}: the next epoch has another`,
  DelayTooShort: (delay, least) => `a delay of ${delay} s is too short for its dealings: ${least} s at least`,
  DelayTooLong: (delay, most) => `a delay of ${delay} s is too long: ${most} s at most`,
  DepositsTakenIn: (until) =>
    `an epoch may deal deposits that the change would give back: try again once the vault has submitted in it, or after ${instant(until)}`,
  ERC20InsufficientAllowance: (spender, allowed, needed) => `${spender} may take ${allowed} and wants ${needed}`,
  ERC20InsufficientBalance: (account, balance, needed) => `${account} holds ${balance}, and it takes ${needed}`,
  ExceedsClaimable: (asked, claimable) => `${asked} were asked for and ${claimable} can be claimed`,
  ExceedsRequested: (asked, requested) => `${asked} were asked for and ${requested} are waiting`,
  ExitsPending: () => "those who asked to leave before it was announced are paid first: after the next dealings",
  ExitTooLong: (seconds, most) =>
    `whoever leaves would wait up to ${seconds} s: deal more often, so that it is ${most} s at most`,
  MarketHalted: () => "the market is halted: tacit market show says until when",
  NotApproved: (owner) => `governance has approved no further vault of ${owner}`,
  NotHalted: () => "the market is not halted",
  NoSuchRequest: (id) => `no request has the id ${id}: all have 0`,
  NotMissing: (_, missed, limit) =>
    `its owner has missed ${count(missed as bigint, "epoch")}: ${limit} in a row are needed, or two dealings`,
  NotOperator: (_, account) => `only ${account} or its operators may`,
  NotOwner: () => "only the vault's owner may: name the owner's folder with --state",
  NothingPending: () => "nothing is announced, or it has been taken back",
  NothingToCancel: (account) => `nothing of ${account} waits undealt`,
  NothingToPay: () => "nothing is there for it now",
  SafeERC20FailedOperation: (token) => `the token ${token} has refused to move`,
  StillWaiting: (from) => `it can be done from ${instant(from)} on`,
  TakenIn: (until) =>
    `an epoch has taken the request in: what it does not deal can be cancelled once the vault has submitted in it, or after ${instant(until)}`,
  TooEarly: (from) => `it takes effect from ${instant(from)} on`,
  TooLate: (until) => `it could be done until ${instant(until)}: announce it again`,
  TooManyOpenRequests: (account) =>
    `${account} has as many open requests as there may be: wait for a dealing, or cancel`,
  VaultNotActive: (_, is) => `the vault is ${status(is)}`,
  VaultNotYetIn: (_, epoch) => `the vault takes part from epoch ${epoch} on`,
  VaultStopped: () => "the vault has ended, or is about to",
  WrongPhase: (is) => `the epoch is in its phase ${phase(is)}, which is not the one for it`,
};

/** A contract's error by its data, whichever contract it came from first. */
export function errorOf(data: string): ErrorDescription | undefined {
  return contractNames.map((name) => interfaceOf(name).parseError(data)).find((found) => found !== null) ?? undefined;
}

export function describeRefusal({ name, args }: Pick<ErrorDescription, "name" | "args">): string {
  const own = `${name}(${[...args].map(String).join(", ")})`;
  const meaning = MEANINGS[name]?.(...args);
  return meaning === undefined ? own : `${meaning} (${own})`;
}
