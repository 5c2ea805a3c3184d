// What clients use of the prover. Circuit, contract and prover tests reach into the modules themselves.

// Sizes, units, transcript
export { groupOfSlot, profiles, slotsOfGroup } from "./profile.ts";
export type { Profile, ProfileName } from "./profile.ts";
export { bps, lots, microUsd } from "./units.ts";
export type { Bps, Lots, MicroUsd, Word } from "./units.ts";
export {
  parseMandateWords,
  parseSealedWords,
  parseSettleWords,
  parseSnapshotWords,
  parseTranscript,
  publicSignals,
  snapshotHash,
  transcriptWords,
} from "./transcript.ts";
export type { Header, Mandate, PublicSignals, Settle, Snapshot, SnapshotSlot, Transcript } from "./transcript.ts";
export type { Point } from "./curve.ts";
export { ProverError } from "./errors.ts";
export type { ProverErrorCode } from "./errors.ts";

// A vault's submission
export { bookWords, commitBook, genesisBook, settleBook } from "./book.ts";
export type { Book, Settlement } from "./book.ts";
export { describeRow, evaluateMandate, MandateRefused } from "./mandate.ts";
export type { MandateInputs, MandateReport, RowName, RowResult } from "./mandate.ts";
export { buildSubmission, situationOf } from "./witness.ts";
export type { BuiltSubmission, ChainState, SubmissionFields, SubmissionRequest } from "./witness.ts";
export type { Moment, Seed } from "./randomness.ts";
export { createSeedFile, readSeedFile, SeedFileError } from "./seedFile.ts";
export { openVaultState, VaultStateError } from "./vaultState.ts";
export type { LastSubmission, VaultChainReader, VaultId, VaultState, VaultStateErrorCode } from "./vaultState.ts";

// What auditors recompute
export { challenge, emptySettle } from "./transcript.ts";
export { transcriptHash } from "./poseidon.ts";
export { evaluate, FIELD_ORDER, toWord } from "./field.ts";
export { isSubgroupPoint, samePoint } from "./curve.ts";
export { commitGroup } from "./sealing.ts";
export { describeWord, MANDATE_FIELDS, REPORTED_FIELDS, SNAPSHOT_FIELDS } from "./profile.ts";

// Committee
export {
  contentHash,
  deriveMemberKey,
  isSignedBy,
  openBatch,
  openGroup,
  setHashOf,
  signStatement,
  sumCommitments,
  sumShares,
} from "./committee.ts";
export type {
  FrozenBatch,
  FrozenSubmission,
  GroupOpening,
  MemberKey,
  SignedStatement,
  SumStatement,
} from "./committee.ts";
export { isBookShareSignedBy, openBookFrom, shareOfBook, signBookShare } from "./recovery.ts";
export type { BookShare, SignedBookShare } from "./recovery.ts";
export { provePossession, verifyPossession } from "./proofs.ts";
export type { PossessionProof, Registration } from "./proofs.ts";
export { RevealLedger, revealAsDealer, revealAsMember, verifyBlame } from "./blame.ts";
export type { Accused, RevealedSecret } from "./blame.ts";

// Strategy
export { decide } from "./strategy/decide.ts";
export type { Decision, SlotReason, StrategySituation } from "./strategy/decide.ts";
export { explain } from "./strategy/explain.ts";
export type { Explanation, GreekExplanation, SlotExplanation } from "./strategy/explain.ts";
export { commitStrategy, formatStrategy, parseStrategy, StrategyError, strategySchema } from "./strategy/parameters.ts";
export type { RegimeTable, StrategyParameters } from "./strategy/parameters.ts";
export { outsideMandate, strategyTemplate, TEMPLATES } from "./strategy/templates.ts";
export type { TemplateName } from "./strategy/templates.ts";
export { calmNetwork, isTrained, REGIMES } from "./strategy/network.ts";
export type { RegimeNetwork } from "./strategy/network.ts";
export { MOST_DAYS, noSignals, optionSlots, parseSignalWords, signalWords, sleeveSlots } from "./strategy/signals.ts";
export type { MarketSignals } from "./strategy/signals.ts";
export { HISTORY_HOURS, SignalHistory } from "./features/signalHistory.ts";
export { priceMicroUsd, regimeFeatures } from "./features/signalsOfPath.ts";
export { disagreements } from "./features/tolerance.ts";
export { trainRegimes } from "./regime/walkForward.ts";
export type { RegimeReport } from "./regime/walkForward.ts";

// Backtests
export { backtestSteps, DEFAULT_COSTS, runBacktest, WIDE_MANDATE } from "./backtest/run.ts";
export type { BacktestInput, BacktestPause, BacktestRun, Checkpoint, CostModel, Costs } from "./backtest/run.ts";
export { reportBacktest } from "./backtest/report.ts";
export type { BacktestReport, ContestantReport } from "./backtest/report.ts";
export { meanPaidFunding, openFunding, usualFunding } from "./replay/funding.ts";
export type { Funding } from "./replay/funding.ts";

// Proving
export { openProvingBackend, ProvingError } from "./proving/backend.ts";
export type { Proven, ProvingBackend, ProvingErrorCode, ProvingOptions } from "./proving/backend.ts";

// Snapshots and price paths
export { DEFAULT_ROW_PARAMS, instrumentRows } from "./snapshot/rows.ts";
export type { Instrument, InstrumentRows, MarketState, RowParams } from "./snapshot/rows.ts";
export { SMALL_SCENARIOS, STANDARD_SCENARIOS } from "./snapshot/scenarios.ts";
export type { StressScenario, VolShock } from "./snapshot/scenarios.ts";
export { checkGroupBudget, packSlot } from "./snapshot/packing.ts";
export { SnapshotError } from "./snapshot/errors.ts";
export { slotWords } from "./snapshot/slotWords.ts";
export { impliedVol } from "./snapshot/surface.ts";
export type { VolSurface } from "./snapshot/surface.ts";
export { fitSurface } from "./snapshot/fitSurface.ts";
export type { RefusedExpiry, SliceFit, SurfaceFit } from "./snapshot/fitSurface.ts";
export type { OptionQuote } from "./snapshot/quotes.ts";
export { SurfaceInForce } from "./snapshot/surfaceInForce.ts";
export { openReplay } from "./replay/open.ts";
export type { ReplayOptions } from "./replay/open.ts";
export { ReplayMarket } from "./replay/surfaces.ts";
export { modelChain } from "./replay/optionModel.ts";
export type { OptionChain } from "./replay/deribit.ts";
export { realisedVol } from "./replay/volatility.ts";
export type { PricePath } from "./replay/path.ts";
export { parseUtc } from "./replay/time.ts";
