// The SDK: what the roles of a market do, over its chain, in any runtime. What needs files, processes or sockets is in
// `client/node`; the mathematics and the keys are in `prover/index.ts`.

// A market, and what its chain shows
export { instrumentName, parseDeployment, SLOT_KINDS, VENUES } from "./deployment.ts";
export type { Deployment, OptionSlot, PerpSlot, SlotInfo, SpotSlot } from "./deployment.ts";
export { MarketChain } from "./chain/reader.ts";
export { readHalt, readHaltTrips } from "./chain/halt.ts";
export { PHASES, VAULT_STATUSES } from "./chain/types.ts";
export type {
  BreakerTrip,
  ChainEvent,
  EpochClosing,
  EpochOpening,
  GroupClearing,
  HaltReason,
  HaltRecord,
  MarketStatus,
  OwnerRecord,
  PhaseName,
  StrategyHistory,
  SubmittedEvent,
  TermsInForce,
  TermsQuery,
  VaultRecord,
  VenueRecord,
} from "./chain/types.ts";
export { describeTrip, drainedAt, marginDue, readSlots } from "./views/market.ts";
export type { SlotState, VenueMargin } from "./views/market.ts";
export { readVaultLeak } from "./views/leak.ts";
export type { VaultLeak } from "./views/leak.ts";
export { readVault } from "./views/vault.ts";
export type { VaultView } from "./views/vault.ts";

// Its contracts, typed
export { contractAt, interfaceOf } from "./chain/contract.ts";
export type {
  ContractName,
  ContractOf,
  EventArgs,
  EventFilter,
  EventName,
  StepArgs,
  StepName,
} from "./chain/contract.ts";
export { accepts, allow, sendStep } from "./chain/send.ts";
export { Sender } from "./chain/sender.ts";
export type { SenderOptions } from "./chain/sender.ts";
export { NodeProvider } from "./chain/node.ts";
export type { NodeOptions } from "./chain/node.ts";
export { LogSource } from "./chain/logs.ts";
export type { BlockRange, LogFilter } from "./chain/logs.ts";

// A strategy owner
export { createVault, Owner } from "./roles/owner.ts";
export type { NewVaultTerms, OwnerConfig, OwnerEpoch } from "./roles/owner.ts";
export { OwnerTrust } from "./roles/trust.ts";
export type { Trusted, TrustConfig } from "./roles/trust.ts";
export { nextDecision } from "./roles/decision.ts";
export type { NextDecision } from "./roles/decision.ts";
export { readPrivateBook, riskOf } from "./views/privateBook.ts";
export type { BookRisk, Greeks, PrivateBook, StressLine } from "./views/privateBook.ts";

// A depositor, an auditor
export { Depositor, readAccount } from "./roles/depositor.ts";
export type { Cancelled, DepositorAccount } from "./roles/depositor.ts";
export { auditSubmission, auditSubmissions, checkVerifier } from "./roles/auditor.ts";
export type {
  AuditReport,
  AuditScope,
  AuditStep,
  Check,
  NoCircuit,
  OwnCircuit,
  SubmissionId,
} from "./roles/auditor.ts";

// Reporters, committee members, keepers
export { Reporter } from "./roles/reporter.ts";
export type { SnapshotStatement } from "./chain/snapshotStatement.ts";
export type { ReporterConfig, ReporterStep } from "./roles/reporter.ts";
export { Member, memberRoutes } from "./roles/member.ts";
export type { MemberOptions } from "./roles/member.ts";
export { Keeper } from "./roles/keeper.ts";
export type { KeeperConfig, KeeperStep } from "./roles/keeper.ts";
export { recoverBook } from "./roles/recovery.ts";

// What a machine has to bring, and what may go wrong
export type { Keyring, Outbox, PartyState, SentTransaction } from "./ports.ts";
export type { PrivateBooks } from "../../prover/index.ts";
export { describeError, Refusal, StepReverted, TacitError } from "./errors.ts";
export { fetchJson, toJson } from "./json.ts";
export { CASH_DECIMALS, SHARE_DECIMALS } from "./units.ts";
