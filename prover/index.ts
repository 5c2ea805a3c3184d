// What clients use of the prover in any runtime, browsers included; files and processes are in `node.ts`. Circuit,
// contract and prover tests reach into the modules themselves.

// Sizes, units, transcript
export { groupOfSlot, profiles, slotsOfGroup } from "./format/profile.ts";
export type { Profile, ProfileName } from "./format/profile.ts";
export { squareRoot } from "./base/integers.ts";
export { HOURS_PER_DAY, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "./base/time.ts";
export { bps, lots, microUsd, toMicroUsd } from "./base/units.ts";
export { BPS } from "../circuits/format.ts";
export type { Bps, Lots, MicroUsd, Word } from "./base/units.ts";
export {
  parseMandateWords,
  parseSealedWords,
  parseSettleWords,
  parseSnapshotWords,
  parseTranscript,
  publicSignals,
  snapshotHash,
  transcriptWords,
} from "./format/transcript.ts";
export type {
  Header,
  Mandate,
  PublicSignals,
  Settle,
  Snapshot,
  SnapshotSlot,
  Transcript,
} from "./format/transcript.ts";
export type { Point } from "./crypto/curve.ts";
export { CodedError } from "./base/codedError.ts";
export { ProverError } from "./base/errors.ts";
export type { ProverErrorCode } from "./base/errors.ts";

// A vault's submission
export { bookWords, commitBook, genesisBook, genesisCommitment } from "./book/book.ts";
export { settleBook } from "./book/settlement.ts";
export type { Book } from "./book/book.ts";
export type { Settlement } from "./book/settlement.ts";
export { describeRow, evaluateMandate, MandateRefused } from "./book/mandate.ts";
export type { MandateInputs, MandateReport, RowName, RowResult } from "./book/mandate.ts";
export { buildSubmission, situationOf } from "./submission/witness.ts";
export type { BuiltSubmission, ChainState, SubmissionFields, SubmissionRequest } from "./submission/witness.ts";
export type { Moment, Seed } from "./crypto/randomness.ts";
export type { LastSubmission, PrivateBooks, VaultChainReader, VaultId } from "./committee/sealedBook.ts";

// What auditors recompute
export { challenge, emptySettle, headerValues } from "./format/transcript.ts";
export { transcriptHash } from "./crypto/poseidon.ts";
export { evaluate, FIELD_ORDER, toWord } from "./base/field.ts";
export { keccakWords } from "./crypto/hash.ts";
export { isSubgroupPoint, samePoint } from "./crypto/curve.ts";
export { commitGroup } from "./committee/sealing.ts";
export { describeWord, MANDATE_FIELDS, REPORTED_FIELDS, SNAPSHOT_FIELDS } from "./format/profile.ts";

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
} from "./committee/sums.ts";
export type {
  FrozenBatch,
  FrozenSubmission,
  GroupOpening,
  MemberKey,
  SignedStatement,
  SumStatement,
} from "./committee/sums.ts";
export { isBookShareSignedBy, openBookFrom, shareOfBook, signBookShare } from "./committee/recovery.ts";
export type { BookShare, SignedBookShare } from "./committee/recovery.ts";
export { provePossession, verifyPossession } from "./crypto/proofs.ts";
export type { PossessionProof, Registration } from "./crypto/proofs.ts";
export { RevealLedger, revealAsDealer, revealAsMember, verifyBlame } from "./committee/blame.ts";
export type { Accused, RevealedSecret } from "./committee/blame.ts";

// Strategy
export { decide } from "./strategy/decide.ts";
export type { Decision, SlotReason, StrategySituation } from "./strategy/decide.ts";
export { explain } from "./strategy/explain.ts";
export type { Explanation, GreekExplanation, SlotExplanation } from "./strategy/explain.ts";
export {
  commitStrategy,
  formatStrategy,
  freshCommitment,
  parseStrategy,
  saltBehind,
  StrategyError,
  strategyNotes,
  strategySchema,
} from "./strategy/parameters.ts";
export type {
  Committer,
  RegimeTable,
  StrategyNotes,
  StrategyParameters,
  TrainedOn,
} from "./strategy/parameters.ts";
export { drawStrategy } from "./strategy/draw.ts";
export type { Uniform } from "./strategy/draw.ts";
export { networkOrigin, strategyLeak, takenByNets } from "./strategy/leak.ts";
export type { NetworkOrigin, StrategyLeak } from "./strategy/leak.ts";
export { outsideMandate, strategyTemplate, TEMPLATES } from "./strategy/templates.ts";
export type { TemplateName } from "./strategy/templates.ts";
export { calmNetwork, isTrained, REGIMES } from "./strategy/network.ts";
export type { RegimeNetwork } from "./strategy/network.ts";
export { noSignals, optionSlots, parseSignalWords, signalsOfListed, signalWords } from "./format/signals.ts";
export type { MarketSignals } from "./format/signals.ts";
export { HISTORY_HOURS } from "./snapshot/signalHistory.ts";
export { regimeFeatures } from "./snapshot/signalsOfPath.ts";
export { disagreements } from "./snapshot/tolerance.ts";
export { trainRegimes } from "./regime/walkForward.ts";
export type { RegimeReport } from "./regime/walkForward.ts";

// Backtests
export { DEFAULT_COSTS } from "./backtest/account.ts";
export { backtestSteps, runBacktest, WIDE_MANDATE } from "./backtest/run.ts";
export type { CostModel } from "./backtest/account.ts";
export type { BacktestInput, BacktestPause, BacktestRun, Checkpoint, Costs } from "./backtest/run.ts";
export { backtestSpots } from "./backtest/market.ts";
export { leftOutOfTraining } from "./backtest/leftOut.ts";
export { reportBacktest } from "./backtest/report.ts";
export type { BacktestReport, BacktestSubject, ContestantReport } from "./backtest/report.ts";
export { randomStream } from "./data/model.ts";
export { usualFunding } from "./data/funding.ts";
export type { Funding } from "./data/funding.ts";
export type { ImpliedVol } from "./data/impliedVol.ts";

// Proving
export { ProvingError } from "./proving/errors.ts";
export type { ProvingErrorCode } from "./proving/errors.ts";
export type { Groth16Proof, Proven, ProvingBackend } from "./proving/port.ts";
export { verifyProof } from "./proving/verify.ts";
export type { VerificationKey } from "./proving/verify.ts";

// Market data, and the snapshots made of it
export { scenariosOf } from "./snapshot/scenarios.ts";
export type { StressScenario, VolShock } from "./snapshot/scenarios.ts";
export { checkGroupBudget } from "./snapshot/budget.ts";
export { packSlot } from "./format/lanes.ts";
export { SnapshotError } from "./base/snapshotErrors.ts";
export { snapshotVol, snapshotWordsAt } from "./snapshot/words.ts";
export type { Listed, ListedSlot, OptionTerms } from "./snapshot/words.ts";
export type { VolSurface } from "./surface/surface.ts";
export { fitSurface } from "./surface/fitSurface.ts";
export type { RefusedExpiry, SliceFit, SurfaceFit } from "./surface/fitSurface.ts";
export type { OptionQuote } from "./surface/quotes.ts";
export { SurfaceInForce } from "./surface/surfaceInForce.ts";
export { modelChain } from "./data/optionModel.ts";
export type { OptionChain } from "./surface/quotes.ts";
export { realisedVol } from "./data/volatility.ts";
export type { MarketData, Observation } from "./data/source.ts";
export { Replay } from "./data/replay.ts";
export type { ReplayClock } from "./data/replay.ts";
export { lastHour } from "./data/path.ts";
export type { PriceHour, PricePath } from "./data/path.ts";
export { formatUtc, parseUtc } from "./data/time.ts";
