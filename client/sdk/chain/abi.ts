// Written by client/deploy/generateAbi.ts from the compiled contracts: `npm run generate:abi`.
// Structs, then each contract's functions and events, then the ABIs as ethers reads them.

export interface DeskConfig {
  epsilonBps: bigint;
  kappaBps: bigint;
  minBondMicroUsd: bigint;
}

export interface EpochState {
  number: bigint;
  phase: bigint;
  deadline: bigint;
  halted: boolean;
  openedHalted: boolean;
  submissions: bigint;
  expected: bigint;
  active: bigint;
  untallied: bigint;
  liveGroups: bigint;
  pendingGroups: bigint;
  filledGroups: bigint;
  unwindGroups: bigint;
  latestSeriesStart: bigint;
}

export interface ExitProposal {
  payoffMicroUsd: bigint;
  boundMicroUsd: bigint;
  disputeEnds: bigint;
  disputable: boolean;
  vetoed: boolean;
}

export interface Frame {
  snapshotPointer: string;
  observedAt: bigint;
  keysPointer: string;
  verifier: string;
}

export interface MandateLimits {
  deltaBps: bigint;
  gammaBps: bigint;
  vegaBps: bigint;
  concentrationBps: bigint;
  participationBps: bigint;
  grossBps: bigint;
  netBps: bigint;
  cashFloorBps: bigint;
  turnoverBps: bigint;
  initialMarginBps: bigint;
  maintenanceMarginBps: bigint;
  breachEpochs: bigint;
}

export interface MarketConfig {
  submitWindow: bigint;
  clearWindow: bigint;
  epochSeconds: bigint;
  snapshotWindow: bigint;
  challengeWindow: bigint;
  haltCoolDown: bigint;
  dealMargin: bigint;
  heartbeatLimit: bigint;
  minShareBps: bigint;
  maxInitialMarginBps: bigint;
  maxMaintenanceMarginBps: bigint;
}

export interface Member {
  account: string;
  keyX: bigint;
  keyY: bigint;
  proofX: bigint;
  proofY: bigint;
  proofS: bigint;
}

export interface Profile {
  slots: bigint;
  groups: bigint;
  scenarios: bigint;
  members: bigint;
  genesisCommitment: bigint;
}

export interface Slot {
  kind: bigint;
  adapter: string;
  token: string;
  feed: string;
  feedHeartbeat: bigint;
  scaleDecimals: bigint;
  lotSize: bigint;
  strike: bigint;
  expiry: bigint;
  isCall: boolean;
  orderCap: bigint;
  positionCap: bigint;
  threshold: bigint;
  inventoryCap: bigint;
  feeBps: bigint;
}

export interface SlotAccount {
  positionLots: bigint;
  inventoryLots: bigint;
}

export interface SnapshotOracleLimits {
  quorum: bigint;
  maxAgeSeconds: bigint;
  deviationBps: bigint;
  moveBps: bigint;
  optionMoveBps: bigint;
  moveWindowSeconds: bigint;
  sequencerGraceSeconds: bigint;
}

export interface SnapshotOracleStatement {
  observedAt: bigint;
  wordsHash: string;
  signature: string;
}

export interface Submission {
  vault: string;
  h: bigint;
  proof: readonly bigint[];
  newCommitment: bigint;
  redeemShares: bigint;
  nav: bigint;
  insolvent: bigint;
  sealedWords: readonly bigint[];
}

export interface VaultRecord {
  commitment: bigint;
  lastEpoch: bigint;
  status: bigint;
  challengeEnds: bigint;
  challengeEpoch: bigint;
  firstEpoch: bigint;
  dealtEpoch: bigint;
}

export interface VaultTerms {
  name: string;
  symbol: string;
  owner: string;
  strategyCommitment: bigint;
  mandate: MandateLimits;
  dealingInterval: bigint;
  dealingOffset: bigint;
  changeDelay: bigint;
}

export interface VenueAccount {
  markMicroUsd: bigint;
  carryIndexMicroUsd: bigint;
  cashMicroUsd: bigint;
  checkedAt: bigint;
  transferredMicroUsd: bigint;
  earlierMicroUsd: bigint;
  advancedMicroUsd: bigint;
}

export interface VenueRule {
  clampBps: bigint;
  fundingBpsPerDay: bigint;
  epsilonBps: bigint;
  lowBps: bigint;
  targetBps: bigint;
  highBps: bigint;
  floorBps: bigint;
  capMicroUsd: bigint;
  tradeCapMicroUsd: bigint;
  disputeSeconds: bigint;
  toleranceBps: bigint;
}

export interface MarketShape {
  views: {
    authority(): string;
    committee(): string;
    deadline(): bigint;
    dealMargin(): bigint;
    desk(): string;
    epoch(): bigint;
    epochState(): EpochState;
    frame(): Frame;
    isConsumingScheduledOp(): string;
    observedAt(): bigint;
    oracle(): string;
    phase(): bigint;
    poseidonConstants(): string;
    profile(): Profile;
    setHash(): string;
    settings(): string;
    settlePointer(epoch: bigint): string;
    snapshotPointer(): string;
    snapshotWindow(): bigint;
    vaultState(vault: string): VaultRecord;
    verifiers(): string;
  };
  steps: {
    checkpoint(): bigint;
    clear(group: bigint, nets: readonly bigint[], rho: bigint): boolean;
    close(): void;
    finishChallenge(vault: string): void;
    halt(): void;
    haltStale(): void;
    lapse(group: bigint): void;
    lock(): void;
    openBook(vault: string, words: readonly bigint[]): void;
    openEpoch(pointer: string, snapshotHash: bigint, observedAt_: bigint, halt_: boolean): void;
    payResolved(vault: string): void;
    register(vault: string): void;
    resume(): void;
    setAuthority(newAuthority: string): void;
    startRecovery(vault: string): void;
    submit(s: Submission): void;
    tally(from: bigint, before: string, vaults: readonly string[], contents: readonly string[], orders: readonly bigint[]): void;
    unlock(): void;
    unwind(group: bigint): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    BatchTallied: { indexed: { epoch: bigint }; data: { untallied: bigint } };
    BookOpened: { indexed: { vault: string }; data: { words: readonly bigint[] } };
    EpochClosed: { indexed: { epoch: bigint }; data: { submissions: bigint; setHash: string; cancelled: boolean } };
    EpochOpened: { indexed: { epoch: bigint }; data: { snapshotHash: bigint; snapshotPointer: string; observedAt: bigint; submitBy: bigint; halted: boolean; committeeVersion: bigint } };
    EpochSettled: { indexed: { epoch: bigint }; data: { settlePointer: string; fillFlags: bigint } };
    GroupCleared: { indexed: { epoch: bigint; group: bigint }; data: { nets: readonly bigint[]; rho: bigint; references: readonly bigint[]; charges: readonly bigint[] } };
    GroupFailed: { indexed: { epoch: bigint; group: bigint }; data: { reason: string } };
    GroupLapsed: { indexed: { epoch: bigint; group: bigint }; data: Record<never, never> };
    GroupUnwound: { indexed: { epoch: bigint; group: bigint }; data: Record<never, never> };
    Halted: { indexed: Record<never, never>; data: { reason: string } };
    RecoveryCancelled: { indexed: { vault: string }; data: Record<never, never> };
    RecoveryFinished: { indexed: { vault: string }; data: Record<never, never> };
    RecoveryStarted: { indexed: { vault: string }; data: { challengeEnds: bigint } };
    Resumed: { indexed: Record<never, never>; data: Record<never, never> };
    Submitted: { indexed: { epoch: bigint; vault: string }; data: { index: bigint; oldCommitment: bigint; newCommitment: bigint; cashFlow: bigint; redeemShares: bigint; nav: bigint; insolvent: boolean; h: bigint; sealedWords: readonly bigint[] } };
    VaultInsolvent: { indexed: { vault: string }; data: { epoch: bigint } };
    VaultRegistered: { indexed: { vault: string }; data: { firstEpoch: bigint } };
  };
}

export interface DeskShape {
  views: {
    authority(): string;
    bonds(): string;
    carryIndex(i: bigint): bigint;
    cash(): string;
    config(): DeskConfig;
    exits(lastEpoch: bigint): [keepFlags: bigint, exitIndices: readonly bigint[]];
    haircutPpb(): bigint;
    insuranceMicroUsd(): bigint;
    inventoryMicroUsd(): bigint;
    isConsumingScheduledOp(): string;
    listings(): bigint;
    market(): string;
    owedMicroUsd(vault: string): bigint;
    slot(i: bigint): Slot;
    slotAccount(i: bigint): SlotAccount;
    venue(i: bigint): [arg0: VenueRule, arg1: VenueAccount, arg2: ExitProposal];
    verifiers(): string;
  };
  steps: {
    checkpoint(): void;
    endSeries(i: bigint): void;
    execute(snapshot: string, firstSlot: bigint, nets: readonly bigint[]): [references: readonly bigint[], charges: readonly bigint[], debits: readonly bigint[]];
    forceEndSeries(i: bigint, floorMicroUsd: bigint): void;
    fundInsurance(amountMicroUsd: bigint): void;
    list(i: bigint, terms: Slot): void;
    lowerTradeCap(i: bigint, tradeCapMicroUsd: bigint): void;
    openEpoch(snapshot: string): [listed: bigint, latestSeriesStart: bigint];
    payIn(vault: string, microUsd: bigint): void;
    payOut(vault: string, claimMicroUsd: bigint): void;
    payResolved(vault: string, snapshot: string): bigint;
    proposeExit(i: bigint): void;
    rebalanceMargin(i: bigint): void;
    renew(i: bigint, strike: bigint, expiry: bigint): void;
    setAuthority(newAuthority: string): void;
    setExit(i: bigint, payoffMicroUsd: bigint): void;
    setVenueRule(i: bigint, rule: VenueRule): void;
    takeOver(vault: string, lots: readonly bigint[], cashAdj: bigint, snapshot: string): void;
    tightenOrderCap(i: bigint, orderCap: bigint): void;
    vetoExit(i: bigint): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    Checkpointed: { indexed: { slot: bigint }; data: { markMicroUsd: bigint; carryIndexMicroUsd: bigint; answered: boolean } };
    ExitProposed: { indexed: { slot: bigint }; data: { payoffMicroUsd: bigint; feedPayoffMicroUsd: bigint; disputeEnds: bigint } };
    ExitSet: { indexed: { slot: bigint }; data: { payoffMicroUsd: bigint } };
    ExitVetoed: { indexed: { slot: bigint }; data: Record<never, never> };
    HaircutSet: { indexed: Record<never, never>; data: { haircutPpb: bigint; equityMicroUsd: bigint; claimsMicroUsd: bigint } };
    InsuranceFunded: { indexed: { from: string }; data: { amountMicroUsd: bigint } };
    MarginLow: { indexed: { slot: bigint }; data: { equityMicroUsd: bigint; maintenanceMicroUsd: bigint } };
    MarginMoved: { indexed: { slot: bigint }; data: { amountMicroUsd: bigint; equityMicroUsd: bigint } };
    OrderCapTightened: { indexed: { slot: bigint }; data: { orderCap: bigint } };
    ResolvedPaid: { indexed: { vault: string }; data: { settledMicroUsd: bigint; paidMicroUsd: bigint } };
    SeriesEnded: { indexed: { slot: bigint }; data: { firstEpoch: bigint; exitIndex: bigint } };
    SlotListed: { indexed: { slot: bigint }; data: { terms: Slot } };
    VaultResolved: { indexed: { vault: string }; data: { navMicroUsd: bigint; unwindingMicroUsd: bigint; bondMicroUsd: bigint; owedMicroUsd: bigint } };
    VenueLoss: { indexed: { slot: bigint }; data: { lossMicroUsd: bigint } };
    VenueRuleSet: { indexed: { slot: bigint }; data: { rule: VenueRule } };
  };
}

export interface LensShape {
  views: {
    config(): MarketConfig;
    market(): string;
    publicSignals(s: Submission): readonly bigint[];
    settleWords(vault: string): readonly bigint[];
    snapshotHash(): bigint;
    transcriptWords(s: Submission): readonly bigint[];
  };
  steps: Record<never, never>;
  events: Record<never, never>;
}

export interface SnapshotOracleShape {
  views: {
    EXECUTION_WINDOW(): bigint;
    MAX_DELAY(): bigint;
    MAX_DEVIATION_BPS(): bigint;
    MAX_MOVE_BPS(): bigint;
    MAX_MOVE_WINDOW_SECONDS(): bigint;
    MAX_SEQUENCER_GRACE_SECONDS(): bigint;
    MAX_STATEMENT_LIFE_SECONDS(): bigint;
    MIN_DELAY(): bigint;
    MIN_MOVE_WINDOW_SECONDS(): bigint;
    SNAPSHOT_TYPEHASH(): string;
    authority(): string;
    buckets(slot: bigint): [markMicroUsd: bigint, observedAt: bigint, levelPpb: bigint, series: bigint];
    delaySeconds(): bigint;
    eip712Domain(): [fields: string, name: string, version: string, chainId: bigint, verifyingContract: string, salt: string, extensions: readonly bigint[]];
    executableAt(callHash: string): bigint;
    isConsumingScheduledOp(): string;
    limits(): SnapshotOracleLimits;
    market(): string;
    reporterCount(): bigint;
    reporterStatus(arg0: string): bigint;
    sequencerFeed(): string;
    statementLifeSeconds(): bigint;
  };
  steps: {
    addReporter(reporter: string): void;
    announce(call: string): void;
    changeLimits(from: SnapshotOracleLimits, to: SnapshotOracleLimits): void;
    publish(epoch: bigint, observedAt: bigint, words: readonly bigint[], signatures: readonly string[]): boolean;
    removeReporter(reporter: string): void;
    reportEquivocation(epoch: bigint, listings: bigint, a: SnapshotOracleStatement, b: SnapshotOracleStatement): void;
    revoke(call: string): void;
    setAuthority(newAuthority: string): void;
    tighten(to: SnapshotOracleLimits): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    BreakerTripped: { indexed: { epoch: bigint }; data: { slot: bigint; check: string; value: bigint; bound: bigint } };
    CallAnnounced: { indexed: { callHash: string }; data: { call: string; executableAt: bigint } };
    CallRevoked: { indexed: { callHash: string }; data: Record<never, never> };
    EIP712DomainChanged: { indexed: Record<never, never>; data: Record<never, never> };
    LimitsSet: { indexed: Record<never, never>; data: { limits: SnapshotOracleLimits } };
    ReporterAdded: { indexed: { reporter: string }; data: Record<never, never> };
    ReporterEquivocated: { indexed: { reporter: string; epoch: bigint }; data: Record<never, never> };
    ReporterRemoved: { indexed: { reporter: string }; data: Record<never, never> };
    SlotsLeftOut: { indexed: { epoch: bigint }; data: { words: readonly bigint[] } };
    SnapshotAccepted: { indexed: { epoch: bigint }; data: { snapshotHash: bigint; observedAt: bigint; listings: bigint; signatures: readonly string[] } };
  };
}

export interface CommitteeRegistryShape {
  views: {
    authority(): string;
    committee(version: bigint): [keysPointer: string, accounts: readonly string[]];
    current(): [keysPointer: string, version: bigint];
    isConsumingScheduledOp(): string;
    latestVersion(): bigint;
    members(): bigint;
  };
  steps: {
    appoint(appointed: readonly Member[]): bigint;
    setAuthority(newAuthority: string): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    CommitteeAppointed: { indexed: { version: bigint }; data: { keysPointer: string; accounts: readonly string[] } };
  };
}

export interface VerifierRegistryShape {
  views: {
    EXECUTION_WINDOW(): bigint;
    MAX_DELAY(): bigint;
    MIN_DELAY(): bigint;
    authority(): string;
    delaySeconds(): bigint;
    executableAt(callHash: string): bigint;
    isConsumingScheduledOp(): string;
    profile(): Profile;
    verifier(): string;
  };
  steps: {
    announce(call: string): void;
    revoke(call: string): void;
    setAuthority(newAuthority: string): void;
    setVerifier(verifier_: string, codeHash: string): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    CallAnnounced: { indexed: { callHash: string }; data: { call: string; executableAt: bigint } };
    CallRevoked: { indexed: { callHash: string }; data: Record<never, never> };
    VerifierSet: { indexed: { verifier: string }; data: { codeHash: string } };
  };
}

export interface VaultFactoryShape {
  views: {
    approvedVaults(owner: string): bigint;
    authority(): string;
    epochSeconds(): bigint;
    isConsumingScheduledOp(): string;
    market(): string;
    requestsLibrary(): string;
    termsLibrary(): string;
    vaultCodeHash(): string;
    vaultCount(): bigint;
  };
  steps: {
    approveOwner(owner: string, vaults: bigint): void;
    create(creationCode: string, terms: VaultTerms): string;
    setAuthority(newAuthority: string): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    OwnerApproved: { indexed: { owner: string }; data: { vaults: bigint } };
    VaultCreated: { indexed: { vault: string; owner: string }; data: Record<never, never> };
  };
}

export interface VaultShape {
  views: {
    CAPACITY_MICRO_USD(): bigint;
    allowance(owner: string, spender: string): bigint;
    asset(): string;
    authority(): string;
    balanceOf(account: string): bigint;
    changeDelay(): bigint;
    claimableCancelDepositRequest(requestId: bigint, controller: string): bigint;
    claimableCancelRedeemRequest(requestId: bigint, controller: string): bigint;
    claimableDepositRequest(requestId: bigint, controller: string): bigint;
    claimableRedeemRequest(requestId: bigint, controller: string): bigint;
    collectable(account: string): bigint;
    collectedMicroUsd(account: string): bigint;
    convertToAssets(shares: bigint): bigint;
    convertToShares(assets: bigint): bigint;
    dealingInterval(): bigint;
    dealingOffset(): bigint;
    dealings(afterEpoch: bigint, upToEpoch: bigint): bigint;
    decimals(): bigint;
    desk(): string;
    exitSeconds(): bigint;
    haircutPpb(): bigint;
    handedInShares(account: string): bigint;
    isConsumingScheduledOp(): string;
    isOperator(controller: string, operator: string): boolean;
    lastNavMicroUsd(): bigint;
    leastRedeemedShares(navBeforeMicroUsd: bigint, cutoff: bigint, haircutPpb_: bigint): bigint;
    looseningAbdicated(): boolean;
    mandate(): MandateLimits;
    market(): string;
    maxDeposit(controller: string): bigint;
    maxMint(controller: string): bigint;
    maxRedeem(controller: string): bigint;
    maxWithdraw(controller: string): bigint;
    name(): string;
    owner(): string;
    pendingCancelDepositRequest(arg0: bigint, arg1: string): boolean;
    pendingCancelRedeemRequest(arg0: bigint, arg1: string): boolean;
    pendingDepositRequest(requestId: bigint, controller: string): bigint;
    pendingMandate(): [limits: MandateLimits, effectiveAt: bigint];
    pendingRedeemRequest(requestId: bigint, controller: string): bigint;
    pendingStrategy(): [commitment: bigint, effectiveAt: bigint];
    previewDeal(navBeforeMicroUsd: bigint, redeemShares: bigint, cutoff: bigint, haircutPpb_: bigint): bigint;
    previewDeposit(arg0: bigint): bigint;
    previewMint(arg0: bigint): bigint;
    previewRedeem(arg0: bigint): bigint;
    previewWithdraw(arg0: bigint): bigint;
    redeemableShares(cutoff: bigint): bigint;
    resolvedMicroUsd(): bigint;
    resolvedSupply(): bigint;
    share(): string;
    stopped(): boolean;
    strategyCommitment(): bigint;
    supportsInterface(id: string): boolean;
    symbol(): string;
    terms(epoch: bigint, redeemShares: bigint, cutoff: bigint): [strategyCommitment_: bigint, mandatePointer: string, dealing: boolean, cashWantedMicroUsd: bigint];
    totalAssets(): bigint;
    totalSupply(): bigint;
    vault(asset_: string): string;
  };
  steps: {
    "deposit(uint256,address)"(assets: bigint, receiver: string): bigint;
    "deposit(uint256,address,address)"(assets: bigint, receiver: string, controller: string): bigint;
    "mint(uint256,address)"(shares: bigint, receiver: string): bigint;
    "mint(uint256,address,address)"(shares: bigint, receiver: string, controller: string): bigint;
    abdicate(): void;
    applyMandate(): void;
    applyStrategy(): void;
    approve(spender: string, value: bigint): boolean;
    cancelDepositRequest(requestId: bigint, controller: string): void;
    cancelRedeemRequest(requestId: bigint, controller: string): void;
    claimCancelDepositRequest(requestId: bigint, receiver: string, controller: string): bigint;
    claimCancelRedeemRequest(requestId: bigint, receiver: string, controller: string): bigint;
    collect(receiver: string, account: string): bigint;
    deal(navBeforeMicroUsd: bigint, redeemShares: bigint, cutoff: bigint, haircutPpb_: bigint): bigint;
    onResolved(paidMicroUsd: bigint): void;
    onStopped(): void;
    redeem(shares: bigint, receiver: string, controller: string): bigint;
    requestDeposit(assets: bigint, controller: string, owner_: string): bigint;
    requestRedeem(shares: bigint, controller: string, owner_: string): bigint;
    setAuthority(newAuthority: string): void;
    setMandate(limits: MandateLimits): void;
    setOperator(operator: string, approved: boolean): boolean;
    setStrategy(commitment: bigint): void;
    transfer(to: string, value: bigint): boolean;
    transferFrom(from: string, to: string, value: bigint): boolean;
    withdraw(assets: bigint, receiver: string, controller: string): bigint;
  };
  events: {
    Approval: { indexed: { owner: string; spender: string }; data: { value: bigint } };
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    CancelDepositClaim: { indexed: { controller: string; receiver: string; requestId: bigint }; data: { sender: string; assets: bigint } };
    CancelDepositRequest: { indexed: { controller: string; requestId: bigint }; data: { sender: string } };
    CancelRedeemClaim: { indexed: { controller: string; receiver: string; requestId: bigint }; data: { sender: string; shares: bigint } };
    CancelRedeemRequest: { indexed: { controller: string; requestId: bigint }; data: { sender: string } };
    Collected: { indexed: { account: string; receiver: string }; data: { sharesBurnt: bigint; assets: bigint } };
    Dealt: { indexed: Record<never, never>; data: { navBeforeMicroUsd: bigint; deposits: bigint; sharesIssued: bigint; sharesRedeemed: bigint; paid: bigint } };
    Deposit: { indexed: { sender: string; owner: string }; data: { assets: bigint; shares: bigint } };
    DepositRequest: { indexed: { controller: string; owner: string; requestId: bigint }; data: { sender: string; assets: bigint } };
    DepositsVoided: { indexed: Record<never, never>; data: { assets: bigint } };
    LooseningAbdicated: { indexed: Record<never, never>; data: Record<never, never> };
    MandateAnnounced: { indexed: Record<never, never>; data: { limits: MandateLimits; effectiveAt: bigint } };
    MandateChanged: { indexed: Record<never, never>; data: { limits: MandateLimits } };
    OperatorSet: { indexed: { controller: string; operator: string }; data: { approved: boolean } };
    RedeemRequest: { indexed: { controller: string; owner: string; requestId: bigint }; data: { sender: string; shares: bigint } };
    ResolvedPaymentReceived: { indexed: Record<never, never>; data: { microUsd: bigint } };
    Stopped: { indexed: Record<never, never>; data: Record<never, never> };
    StrategyAnnounced: { indexed: Record<never, never>; data: { commitment: bigint; effectiveAt: bigint } };
    StrategyChanged: { indexed: Record<never, never>; data: { commitment: bigint } };
    Transfer: { indexed: { from: string; to: string }; data: { value: bigint } };
    Withdraw: { indexed: { sender: string; receiver: string; owner: string }; data: { assets: bigint; shares: bigint } };
  };
}

export interface BondsShape {
  views: {
    bondMicroUsd(vault: string): bigint;
    cash(): string;
    desk(): string;
    market(): string;
    minimumMicroUsd(): bigint;
    requireMinimum(vault: string): void;
  };
  steps: {
    post(vault: string, amountMicroUsd: bigint): void;
    take(vault: string, mostMicroUsd: bigint): bigint;
    withdraw(vault: string): void;
  };
  events: {
    BondPosted: { indexed: { vault: string; from: string }; data: { amountMicroUsd: bigint } };
    BondTaken: { indexed: { vault: string }; data: { amountMicroUsd: bigint } };
    BondWithdrawn: { indexed: { vault: string; owner: string }; data: { amountMicroUsd: bigint } };
  };
}

export interface IVerifierShape {
  views: {
    verifyProof(a: readonly bigint[], b: readonly (readonly bigint[])[], c: readonly bigint[], signals: readonly bigint[]): boolean;
  };
  steps: Record<never, never>;
  events: Record<never, never>;
}

export interface IDerivativeVenueShape {
  views: {
    cashMicroUsd(slot: bigint): bigint;
    marginalPriceMicroUsd(slot: bigint): bigint;
    markMicroUsd(slot: bigint): bigint;
    positionLots(slot: bigint): bigint;
    requirementMicroUsd(slot: bigint, lots: bigint): [initial: bigint, maintenance: bigint];
  };
  steps: {
    deposit(slot: bigint, amountMicroUsd: bigint): void;
    settleExpired(slot: bigint): bigint;
    trade(slot: bigint, lots: bigint, limitMicroUsd: bigint): void;
    withdraw(slot: bigint, mostMicroUsd: bigint): void;
  };
  events: Record<never, never>;
}

export interface IERC20Shape {
  views: {
    allowance(owner: string, spender: string): bigint;
    balanceOf(account: string): bigint;
    totalSupply(): bigint;
  };
  steps: {
    approve(spender: string, value: bigint): boolean;
    transfer(to: string, value: bigint): boolean;
    transferFrom(from: string, to: string, value: bigint): boolean;
  };
  events: {
    Approval: { indexed: { owner: string; spender: string }; data: { value: bigint } };
    Transfer: { indexed: { from: string; to: string }; data: { value: bigint } };
  };
}

export interface Contracts {
  Market: MarketShape;
  Desk: DeskShape;
  Lens: LensShape;
  SnapshotOracle: SnapshotOracleShape;
  CommitteeRegistry: CommitteeRegistryShape;
  VerifierRegistry: VerifierRegistryShape;
  VaultFactory: VaultFactoryShape;
  Vault: VaultShape;
  Bonds: BondsShape;
  IVerifier: IVerifierShape;
  IDerivativeVenue: IDerivativeVenueShape;
  IERC20: IERC20Shape;
}

export const ABI = {
  Market: [
    "error AboveSlip(uint8 slot, uint256 referenceMicroUsd, int256 markMicroUsd, uint256 chargeMicroUsd, uint256 slipMicroUsd)",
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error AlreadyProposed(uint8 slot)",
    "error AlreadyRegistered(address vault)",
    "error AlreadySubmitted(address vault, uint32 epoch)",
    "error BadSlotTerms(bytes32 field)",
    "error BadVenueRule(bytes32 field)",
    "error BatchSizeOutOfRange(uint256 submissions)",
    "error BlindingOutOfRange(uint256 rho)",
    "error BookStaysSealed(address vault, uint8 status)",
    "error CashNeedsSixDecimals(uint8 decimals)",
    "error ChallengeRunning(uint64 challengeEnds, uint32 challengeEpoch)",
    "error ClearingOutOfGas()",
    "error ConfigOutOfRange(bytes32 setting, uint256 value, uint256 min, uint256 max)",
    "error DeadlineNotPassed(uint64 deadline)",
    "error DeadlinePassed(uint64 deadline)",
    "error ExitBelowSlip(uint8 slot, int256 exitMicroUsd, uint256 referenceMicroUsd, uint256 slipMicroUsd)",
    "error ExitOutOfRange(uint8 slot, int256 exitIndexMicroUsd)",
    "error FillOutsideBand(uint8 slot, uint256 cashMicroUsd, uint256 limitMicroUsd)",
    "error FloorAboveBound(uint8 slot, uint256 floorMicroUsd, uint256 boundMicroUsd)",
    "error GroupNotPending(uint8 group)",
    "error InsolventNotABit(uint256 insolvent)",
    "error InvalidProof()",
    "error KindNotSupported(uint8 kind)",
    "error MandateTooLoose(uint256 initialMarginBps, uint256 maintenanceMarginBps)",
    "error MarketHalted()",
    "error Miswired(string part, address found, address wanted)",
    "error NavOutOfRange(uint256 navMicroUsd)",
    "error NetInUnlistedSlot(uint8 slot, int256 net)",
    "error NetOutOfRange(uint256 slot, int256 net)",
    "error NoContract(string part, address found)",
    "error NoExit(uint8 slot)",
    "error NoFloor()",
    "error NoLiquidity(uint8 slot)",
    "error NoSuchSlot(uint8 slot)",
    "error NotChallenged(address vault, uint8 status)",
    "error NotDisputable(uint8 slot)",
    "error NotExpired(uint8 slot, uint64 expiry)",
    "error NotHalted()",
    "error NotMissing(address vault, uint32 missed, uint32 limit)",
    "error NotSettled(uint32 epoch)",
    "error NotTallied(uint256 untallied)",
    "error NotTheBatch()",
    "error NotTheBook(address vault)",
    "error NotTheOpening()",
    "error NotVetoed(uint8 slot)",
    "error NotWithdrawn(uint8 slot, int256 leftMicroUsd)",
    "error NothingDealt(uint256 redeemShares)",
    "error NothingToPay(address vault)",
    "error NothingToRenew(uint8 slot)",
    "error NothingUnwound(uint8 group)",
    "error OnlyDesk(address caller)",
    "error OnlyMarket(address caller)",
    "error OnlyOracle(address caller)",
    "error OnlyTightening(uint32 current, uint32 wanted)",
    "error OptionExpired(uint8 slot, uint64 expiry)",
    "error PayoffAboveBound(uint8 slot, uint256 payoffMicroUsd, uint256 boundMicroUsd)",
    "error PositionMismatch(uint8 slot, int256 atVenue, int256 traded)",
    "error ProfileNotSupported()",
    "error ReduceOnly(uint8 slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd)",
    "error ReentrancyGuardReentrantCall()",
    "error ReferenceNotFresh(uint8 slot)",
    "error SettingsContradict(string rule)",
    "error SignalNotInField(uint256 signal)",
    "error SlotAlreadyListed(uint8 slot)",
    "error SlotNotListed(uint8 slot)",
    "error SlotsOutOfRange(uint256 firstSlot, uint256 slots)",
    "error TooManyVaults(uint256 limit)",
    "error VaultNotActive(address vault, uint8 status)",
    "error VaultNotYetIn(address vault, uint32 firstEpoch)",
    "error VenueFailed(uint8 slot)",
    "error VenueOffReference(uint8 slot, uint256 marginalMicroUsd, uint256 referenceMicroUsd)",
    "error VenueSilent(uint8 slot)",
    "error WordNotInField(uint256 index)",
    "error WrongBlobLength(address pointer, uint256 words)",
    "error WrongCashMoved(uint8 slot, int256 moved, int256 wanted)",
    "error WrongConstantsLength(address constants, uint256 inputs)",
    "error WrongFill(uint8 slot, int256 filled, int256 wanted)",
    "error WrongGenesisCommitment(uint256 genesisCommitment, uint256 computed)",
    "error WrongNetCount(uint256 given, uint256 wanted)",
    "error WrongPhase(uint8 actual)",
    "error WrongPoseidonConstants(address constants, bytes32 codeHash, bytes32 wanted)",
    "error WrongSealedLength(uint256 given, uint256 wanted)",
    "error WrongSnapshotHash(uint256 given)",
    "error WrongTally(uint256 untallied)",
    "error WrongTokensMoved(uint8 slot, uint256 moved, uint256 wanted)",
    "event AuthorityUpdated(address authority)",
    "event BatchTallied(uint32 indexed epoch, uint32 untallied)",
    "event BookOpened(address indexed vault, uint256[] words)",
    "event EpochClosed(uint32 indexed epoch, uint32 submissions, bytes32 setHash, bool cancelled)",
    "event EpochOpened(uint32 indexed epoch, uint256 snapshotHash, address snapshotPointer, uint64 observedAt, uint64 submitBy, bool halted, uint32 committeeVersion)",
    "event EpochSettled(uint32 indexed epoch, address settlePointer, uint256 fillFlags)",
    "event GroupCleared(uint32 indexed epoch, uint8 indexed group, int256[] nets, uint256 rho, uint256[] references, uint256[] charges)",
    "event GroupFailed(uint32 indexed epoch, uint8 indexed group, bytes reason)",
    "event GroupLapsed(uint32 indexed epoch, uint8 indexed group)",
    "event GroupUnwound(uint32 indexed epoch, uint8 indexed group)",
    "event Halted(bytes32 reason)",
    "event RecoveryCancelled(address indexed vault)",
    "event RecoveryFinished(address indexed vault)",
    "event RecoveryStarted(address indexed vault, uint64 challengeEnds)",
    "event Resumed()",
    "event Submitted(uint32 indexed epoch, address indexed vault, uint32 index, uint256 oldCommitment, uint256 newCommitment, int256 cashFlow, uint256 redeemShares, uint256 nav, bool insolvent, uint256 h, uint256[] sealedWords)",
    "event VaultInsolvent(address indexed vault, uint32 epoch)",
    "event VaultRegistered(address indexed vault, uint32 firstEpoch)",
    "function authority() view returns (address)",
    "function checkpoint() returns (uint64 clearedBy)",
    "function clear(uint8 group, int256[] nets, uint256 rho) returns (bool cleared)",
    "function close()",
    "function committee() view returns (address)",
    "function deadline() view returns (uint64)",
    "function dealMargin() view returns (uint32)",
    "function desk() view returns (address)",
    "function epoch() view returns (uint32)",
    "function epochState() view returns ((uint32 number, uint8 phase, uint40 deadline, bool halted, bool openedHalted, uint16 submissions, uint16 expected, uint16 active, uint16 untallied, uint8 liveGroups, uint8 pendingGroups, uint8 filledGroups, uint8 unwindGroups, uint32 latestSeriesStart))",
    "function finishChallenge(address vault)",
    "function frame() view returns ((address snapshotPointer, uint64 observedAt, address keysPointer, address verifier))",
    "function halt()",
    "function haltStale()",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function lapse(uint8 group)",
    "function lock()",
    "function observedAt() view returns (uint64)",
    "function openBook(address vault, uint256[] words)",
    "function openEpoch(address pointer, uint256 snapshotHash, uint64 observedAt_, bool halt_)",
    "function oracle() view returns (address)",
    "function payResolved(address vault)",
    "function phase() view returns (uint8)",
    "function poseidonConstants() view returns (address)",
    "function profile() view returns ((uint8 slots, uint8 groups, uint8 scenarios, uint8 members, uint256 genesisCommitment))",
    "function register(address vault)",
    "function resume()",
    "function setAuthority(address newAuthority)",
    "function setHash() view returns (bytes32)",
    "function settings() view returns (address)",
    "function settlePointer(uint32 epoch) view returns (address)",
    "function snapshotPointer() view returns (address)",
    "function snapshotWindow() view returns (uint32)",
    "function startRecovery(address vault)",
    "function submit((address vault, uint256 h, uint256[8] proof, uint256 newCommitment, uint256 redeemShares, uint256 nav, uint256 insolvent, uint256[] sealedWords) s)",
    "function tally(uint256 from, bytes32 before, address[] vaults, bytes32[] contents, uint256[] orders)",
    "function unlock()",
    "function unwind(uint8 group)",
    "function vaultState(address vault) view returns ((uint256 commitment, uint32 lastEpoch, uint8 status, uint64 challengeEnds, uint32 challengeEpoch, uint32 firstEpoch, uint32 dealtEpoch))",
    "function verifiers() view returns (address)",
  ],
  Desk: [
    "error AboveSlip(uint8 slot, uint256 referenceMicroUsd, int256 markMicroUsd, uint256 chargeMicroUsd, uint256 slipMicroUsd)",
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error AlreadyProposed(uint8 slot)",
    "error BadSlotTerms(bytes32 field)",
    "error BadVenueRule(bytes32 field)",
    "error CashNeedsSixDecimals(uint8 decimals)",
    "error ConfigOutOfRange(bytes32 setting, uint256 value, uint256 min, uint256 max)",
    "error ExitBelowSlip(uint8 slot, int256 exitMicroUsd, uint256 referenceMicroUsd, uint256 slipMicroUsd)",
    "error ExitOutOfRange(uint8 slot, int256 exitIndexMicroUsd)",
    "error FillOutsideBand(uint8 slot, uint256 cashMicroUsd, uint256 limitMicroUsd)",
    "error FloorAboveBound(uint8 slot, uint256 floorMicroUsd, uint256 boundMicroUsd)",
    "error KindNotSupported(uint8 kind)",
    "error Miswired(string part, address found, address wanted)",
    "error NetInUnlistedSlot(uint8 slot, int256 net)",
    "error NoContract(string part, address found)",
    "error NoExit(uint8 slot)",
    "error NoFloor()",
    "error NoLiquidity(uint8 slot)",
    "error NoSuchSlot(uint8 slot)",
    "error NotDisputable(uint8 slot)",
    "error NotExpired(uint8 slot, uint64 expiry)",
    "error NotVetoed(uint8 slot)",
    "error NotWithdrawn(uint8 slot, int256 leftMicroUsd)",
    "error NothingToPay(address vault)",
    "error NothingToRenew(uint8 slot)",
    "error OnlyMarket(address caller)",
    "error OnlyTightening(uint32 current, uint32 wanted)",
    "error OptionExpired(uint8 slot, uint64 expiry)",
    "error PayoffAboveBound(uint8 slot, uint256 payoffMicroUsd, uint256 boundMicroUsd)",
    "error PositionMismatch(uint8 slot, int256 atVenue, int256 traded)",
    "error ReduceOnly(uint8 slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd)",
    "error ReentrancyGuardReentrantCall()",
    "error ReferenceNotFresh(uint8 slot)",
    "error SafeCastOverflowedIntDowncast(uint8 bits, int256 value)",
    "error SafeCastOverflowedUintToInt(uint256 value)",
    "error SafeERC20FailedOperation(address token)",
    "error SettingsContradict(string rule)",
    "error SlotAlreadyListed(uint8 slot)",
    "error SlotNotListed(uint8 slot)",
    "error VenueFailed(uint8 slot)",
    "error VenueOffReference(uint8 slot, uint256 marginalMicroUsd, uint256 referenceMicroUsd)",
    "error VenueSilent(uint8 slot)",
    "error WrongCashMoved(uint8 slot, int256 moved, int256 wanted)",
    "error WrongFill(uint8 slot, int256 filled, int256 wanted)",
    "error WrongPhase(uint8 actual)",
    "error WrongTokensMoved(uint8 slot, uint256 moved, uint256 wanted)",
    "event AuthorityUpdated(address authority)",
    "event Checkpointed(uint8 indexed slot, uint256 markMicroUsd, int256 carryIndexMicroUsd, bool answered)",
    "event ExitProposed(uint8 indexed slot, uint256 payoffMicroUsd, uint256 feedPayoffMicroUsd, uint64 disputeEnds)",
    "event ExitSet(uint8 indexed slot, uint256 payoffMicroUsd)",
    "event ExitVetoed(uint8 indexed slot)",
    "event HaircutSet(uint256 haircutPpb, int256 equityMicroUsd, int256 claimsMicroUsd)",
    "event InsuranceFunded(address indexed from, uint256 amountMicroUsd)",
    "event MarginLow(uint8 indexed slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd)",
    "event MarginMoved(uint8 indexed slot, int256 amountMicroUsd, int256 equityMicroUsd)",
    "event OrderCapTightened(uint8 indexed slot, uint32 orderCap)",
    "event ResolvedPaid(address indexed vault, uint256 settledMicroUsd, uint256 paidMicroUsd)",
    "event SeriesEnded(uint8 indexed slot, uint32 firstEpoch, int256 exitIndex)",
    "event SlotListed(uint8 indexed slot, (uint8 kind, address adapter, address token, address feed, uint32 feedHeartbeat, uint8 scaleDecimals, uint128 lotSize, uint128 strike, uint64 expiry, bool isCall, uint32 orderCap, uint40 positionCap, uint40 threshold, uint40 inventoryCap, uint16 feeBps) terms)",
    "event VaultResolved(address indexed vault, int256 navMicroUsd, uint256 unwindingMicroUsd, uint256 bondMicroUsd, uint256 owedMicroUsd)",
    "event VenueLoss(uint8 indexed slot, int256 lossMicroUsd)",
    "event VenueRuleSet(uint8 indexed slot, (uint16 clampBps, uint16 fundingBpsPerDay, uint16 epsilonBps, uint16 lowBps, uint16 targetBps, uint16 highBps, uint16 floorBps, uint64 capMicroUsd, uint64 tradeCapMicroUsd, uint32 disputeSeconds, uint16 toleranceBps) rule)",
    "function authority() view returns (address)",
    "function bonds() view returns (address)",
    "function carryIndex(uint8 i) view returns (int256)",
    "function cash() view returns (address)",
    "function checkpoint()",
    "function config() view returns ((uint32 epsilonBps, uint32 kappaBps, uint64 minBondMicroUsd))",
    "function endSeries(uint8 i)",
    "function execute(address snapshot, uint8 firstSlot, int256[] nets) returns (uint256[] references, uint256[] charges, int256[] debits)",
    "function exits(uint32 lastEpoch) view returns (uint256 keepFlags, int256[] exitIndices)",
    "function forceEndSeries(uint8 i, uint256 floorMicroUsd)",
    "function fundInsurance(uint256 amountMicroUsd)",
    "function haircutPpb() view returns (uint256)",
    "function insuranceMicroUsd() view returns (int256)",
    "function inventoryMicroUsd() view returns (int256)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function list(uint8 i, (uint8 kind, address adapter, address token, address feed, uint32 feedHeartbeat, uint8 scaleDecimals, uint128 lotSize, uint128 strike, uint64 expiry, bool isCall, uint32 orderCap, uint40 positionCap, uint40 threshold, uint40 inventoryCap, uint16 feeBps) terms)",
    "function listings() view returns (uint32)",
    "function lowerTradeCap(uint8 i, uint64 tradeCapMicroUsd)",
    "function market() view returns (address)",
    "function openEpoch(address snapshot) returns (uint16 listed, uint32 latestSeriesStart)",
    "function owedMicroUsd(address vault) view returns (uint256)",
    "function payIn(address vault, uint256 microUsd)",
    "function payOut(address vault, uint256 claimMicroUsd)",
    "function payResolved(address vault, address snapshot) returns (uint256 paidMicroUsd)",
    "function proposeExit(uint8 i)",
    "function rebalanceMargin(uint8 i)",
    "function renew(uint8 i, uint128 strike, uint64 expiry)",
    "function setAuthority(address newAuthority)",
    "function setExit(uint8 i, uint56 payoffMicroUsd)",
    "function setVenueRule(uint8 i, (uint16 clampBps, uint16 fundingBpsPerDay, uint16 epsilonBps, uint16 lowBps, uint16 targetBps, uint16 highBps, uint16 floorBps, uint64 capMicroUsd, uint64 tradeCapMicroUsd, uint32 disputeSeconds, uint16 toleranceBps) rule)",
    "function slot(uint8 i) view returns ((uint8 kind, address adapter, address token, address feed, uint32 feedHeartbeat, uint8 scaleDecimals, uint128 lotSize, uint128 strike, uint64 expiry, bool isCall, uint32 orderCap, uint40 positionCap, uint40 threshold, uint40 inventoryCap, uint16 feeBps))",
    "function slotAccount(uint8 i) view returns ((int64 positionLots, int64 inventoryLots))",
    "function takeOver(address vault, int256[] lots, int256 cashAdj, address snapshot)",
    "function tightenOrderCap(uint8 i, uint32 orderCap)",
    "function venue(uint8 i) view returns ((uint16 clampBps, uint16 fundingBpsPerDay, uint16 epsilonBps, uint16 lowBps, uint16 targetBps, uint16 highBps, uint16 floorBps, uint64 capMicroUsd, uint64 tradeCapMicroUsd, uint32 disputeSeconds, uint16 toleranceBps), (uint56 markMicroUsd, int64 carryIndexMicroUsd, int64 cashMicroUsd, uint40 checkedAt, int64 transferredMicroUsd, int64 earlierMicroUsd, uint64 advancedMicroUsd), (uint56 payoffMicroUsd, uint56 boundMicroUsd, uint40 disputeEnds, bool disputable, bool vetoed))",
    "function verifiers() view returns (address)",
    "function vetoExit(uint8 i)",
  ],
  Lens: [
    "error AlreadyRegistered(address vault)",
    "error AlreadySubmitted(address vault, uint32 epoch)",
    "error BookStaysSealed(address vault, uint8 status)",
    "error ChallengeRunning(uint64 challengeEnds, uint32 challengeEpoch)",
    "error ClearingOutOfGas()",
    "error ConfigOutOfRange(bytes32 setting, uint256 value, uint256 min, uint256 max)",
    "error DeadlineNotPassed(uint64 deadline)",
    "error DeadlinePassed(uint64 deadline)",
    "error GroupNotPending(uint8 group)",
    "error InsolventNotABit(uint256 insolvent)",
    "error InvalidProof()",
    "error MandateTooLoose(uint256 initialMarginBps, uint256 maintenanceMarginBps)",
    "error MarketHalted()",
    "error Miswired(string part, address found, address wanted)",
    "error NavOutOfRange(uint256 navMicroUsd)",
    "error NoContract(string part, address found)",
    "error NotChallenged(address vault, uint8 status)",
    "error NotHalted()",
    "error NotMissing(address vault, uint32 missed, uint32 limit)",
    "error NotSettled(uint32 epoch)",
    "error NotTallied(uint256 untallied)",
    "error NotTheBatch()",
    "error NotTheBook(address vault)",
    "error NothingDealt(uint256 redeemShares)",
    "error NothingUnwound(uint8 group)",
    "error OnlyDesk(address caller)",
    "error OnlyOracle(address caller)",
    "error ProfileNotSupported()",
    "error ReentrancyGuardReentrantCall()",
    "error SettingsContradict(string rule)",
    "error SignalNotInField(uint256 signal)",
    "error TooManyVaults(uint256 limit)",
    "error VaultNotActive(address vault, uint8 status)",
    "error VaultNotYetIn(address vault, uint32 firstEpoch)",
    "error WordNotInField(uint256 index)",
    "error WrongBlobLength(address pointer, uint256 words)",
    "error WrongGenesisCommitment(uint256 genesisCommitment, uint256 computed)",
    "error WrongNetCount(uint256 given, uint256 wanted)",
    "error WrongPhase(uint8 actual)",
    "error WrongPoseidonConstants(address constants, bytes32 codeHash, bytes32 wanted)",
    "error WrongSealedLength(uint256 given, uint256 wanted)",
    "error WrongSnapshotHash(uint256 given)",
    "error WrongTally(uint256 untallied)",
    "function config() view returns ((uint32 submitWindow, uint32 clearWindow, uint32 epochSeconds, uint32 snapshotWindow, uint32 challengeWindow, uint32 haltCoolDown, uint32 dealMargin, uint32 heartbeatLimit, uint32 minShareBps, uint32 maxInitialMarginBps, uint32 maxMaintenanceMarginBps))",
    "function market() view returns (address)",
    "function publicSignals((address vault, uint256 h, uint256[8] proof, uint256 newCommitment, uint256 redeemShares, uint256 nav, uint256 insolvent, uint256[] sealedWords) s) view returns (uint256[3])",
    "function settleWords(address vault) view returns (uint256[])",
    "function snapshotHash() view returns (uint256)",
    "function transcriptWords((address vault, uint256 h, uint256[8] proof, uint256 newCommitment, uint256 redeemShares, uint256 nav, uint256 insolvent, uint256[] sealedWords) s) view returns (uint256[])",
  ],
  SnapshotOracle: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error AlreadyAnnounced(bytes32 callHash)",
    "error AnnouncementExpired(uint64 executableAt)",
    "error CannotAddReporter(address reporter)",
    "error ContingencyOutOfRange(uint256 slot, uint256 contingency)",
    "error ContingencyOverflow(uint256 slot)",
    "error DaysWithoutOption(uint256 slot)",
    "error DelayOutOfRange(uint32 delaySeconds)",
    "error DifferentSigners(address first, address second)",
    "error ECDSAInvalidSignature()",
    "error ECDSAInvalidSignatureLength(uint256 length)",
    "error ECDSAInvalidSignatureS(bytes32 s)",
    "error ExpiresTooSoon(uint8 slot, uint64 expiry, uint64 clearedBy)",
    "error FromTheFuture(uint64 observedAt)",
    "error InvalidShortString()",
    "error LaneOutOfRange(uint256 slot, uint256 rowWord)",
    "error LaneOverflow(uint256 slot, uint256 rowWord)",
    "error LimitOutOfRange(bytes32 limit)",
    "error LimitsHaveChanged()",
    "error LiquidityOutOfRange(uint256 slot, uint256 liquidity)",
    "error Miswired(string part, address found, address wanted)",
    "error NotAFeed()",
    "error NotAReporter(address signer)",
    "error NotAnnounced(bytes32 callHash)",
    "error NotEnoughSignatures(uint256 given, uint256 quorum)",
    "error NotLanes(uint256 slot, uint256 rowWord)",
    "error NotNewer(uint64 lastObservedAt)",
    "error NotSignals(uint256 word)",
    "error NotTighter()",
    "error NotionalNotTheMark(uint256 slot, uint256 notional, int256 mark)",
    "error NotionalOutOfRange(uint256 slot, uint256 notional)",
    "error NotionalOverflow(uint256 slot)",
    "error PaddingNotZero(uint256 slot)",
    "error SafeCastOverflowedUintToInt(uint256 value)",
    "error SameStatement()",
    "error SettingsContradict(string rule)",
    "error SignersNotSorted(address signer)",
    "error SlipOutOfRange(uint256 slot, uint256 slip)",
    "error SlipOverflow(uint256 slot)",
    "error StatementsFarApart()",
    "error StillWaiting(uint64 executableAt)",
    "error StringTooLong(string str)",
    "error TooOld(uint64 observedAt, uint32 maxAgeSeconds)",
    "error ValueOutOfRange(uint256 slot, int256 value)",
    "error VolatilityWithoutSpot(uint256 slot)",
    "error WrongEpoch(uint32 given, uint32 next)",
    "error WrongWordCount(uint256 given, uint256 wanted)",
    "event AuthorityUpdated(address authority)",
    "event BreakerTripped(uint32 indexed epoch, uint8 slot, bytes32 check, int256 value, int256 bound)",
    "event CallAnnounced(bytes32 indexed callHash, bytes call, uint64 executableAt)",
    "event CallRevoked(bytes32 indexed callHash)",
    "event EIP712DomainChanged()",
    "event LimitsSet((uint8 quorum, uint32 maxAgeSeconds, uint16 deviationBps, uint16 moveBps, uint16 optionMoveBps, uint32 moveWindowSeconds, uint32 sequencerGraceSeconds) limits)",
    "event ReporterAdded(address indexed reporter)",
    "event ReporterEquivocated(address indexed reporter, uint32 indexed epoch)",
    "event ReporterRemoved(address indexed reporter)",
    "event SlotsLeftOut(uint32 indexed epoch, uint256[] words)",
    "event SnapshotAccepted(uint32 indexed epoch, uint256 snapshotHash, uint64 observedAt, uint32 listings, bytes[] signatures)",
    "function EXECUTION_WINDOW() view returns (uint32)",
    "function MAX_DELAY() view returns (uint32)",
    "function MAX_DEVIATION_BPS() view returns (uint16)",
    "function MAX_MOVE_BPS() view returns (uint16)",
    "function MAX_MOVE_WINDOW_SECONDS() view returns (uint32)",
    "function MAX_SEQUENCER_GRACE_SECONDS() view returns (uint32)",
    "function MAX_STATEMENT_LIFE_SECONDS() view returns (uint32)",
    "function MIN_DELAY() view returns (uint32)",
    "function MIN_MOVE_WINDOW_SECONDS() view returns (uint32)",
    "function SNAPSHOT_TYPEHASH() view returns (bytes32)",
    "function addReporter(address reporter)",
    "function announce(bytes call)",
    "function authority() view returns (address)",
    "function buckets(uint256 slot) view returns (uint48 markMicroUsd, uint40 observedAt, uint40 levelPpb, uint128 series)",
    "function changeLimits((uint8 quorum, uint32 maxAgeSeconds, uint16 deviationBps, uint16 moveBps, uint16 optionMoveBps, uint32 moveWindowSeconds, uint32 sequencerGraceSeconds) from, (uint8 quorum, uint32 maxAgeSeconds, uint16 deviationBps, uint16 moveBps, uint16 optionMoveBps, uint32 moveWindowSeconds, uint32 sequencerGraceSeconds) to)",
    "function delaySeconds() view returns (uint32)",
    "function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)",
    "function executableAt(bytes32 callHash) view returns (uint64 time)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function limits() view returns ((uint8 quorum, uint32 maxAgeSeconds, uint16 deviationBps, uint16 moveBps, uint16 optionMoveBps, uint32 moveWindowSeconds, uint32 sequencerGraceSeconds))",
    "function market() view returns (address)",
    "function publish(uint32 epoch, uint64 observedAt, uint256[] words, bytes[] signatures) returns (bool accepted)",
    "function removeReporter(address reporter)",
    "function reportEquivocation(uint32 epoch, uint32 listings, (uint64 observedAt, bytes32 wordsHash, bytes signature) a, (uint64 observedAt, bytes32 wordsHash, bytes signature) b)",
    "function reporterCount() view returns (uint256)",
    "function reporterStatus(address) view returns (uint8)",
    "function revoke(bytes call)",
    "function sequencerFeed() view returns (address)",
    "function setAuthority(address newAuthority)",
    "function statementLifeSeconds() view returns (uint32)",
    "function tighten((uint8 quorum, uint32 maxAgeSeconds, uint16 deviationBps, uint16 moveBps, uint16 optionMoveBps, uint32 moveWindowSeconds, uint32 sequencerGraceSeconds) to)",
  ],
  CommitteeRegistry: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error BadKey(uint256 member)",
    "error DuplicateMember(uint256 member, uint256 earlier)",
    "error NoSuchVersion(uint32 version)",
    "error NotPossessed(uint256 member)",
    "error WrongMemberCount(uint256 given, uint256 wanted)",
    "error ZeroAccount(uint256 member)",
    "event AuthorityUpdated(address authority)",
    "event CommitteeAppointed(uint32 indexed version, address keysPointer, address[] accounts)",
    "function appoint((address account, uint256 keyX, uint256 keyY, uint256 proofX, uint256 proofY, uint256 proofS)[] appointed) returns (uint32 version)",
    "function authority() view returns (address)",
    "function committee(uint32 version) view returns (address keysPointer, address[] accounts)",
    "function current() view returns (address keysPointer, uint32 version)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function latestVersion() view returns (uint32)",
    "function members() view returns (uint8)",
    "function setAuthority(address newAuthority)",
  ],
  VerifierRegistry: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error AlreadyAnnounced(bytes32 callHash)",
    "error AnnouncementExpired(uint64 executableAt)",
    "error DelayOutOfRange(uint32 delaySeconds)",
    "error DevelopmentKey(address verifier)",
    "error NotAnnounced(bytes32 callHash)",
    "error StillWaiting(uint64 executableAt)",
    "error WrongCode(address verifier, bytes32 codeHash)",
    "event AuthorityUpdated(address authority)",
    "event CallAnnounced(bytes32 indexed callHash, bytes call, uint64 executableAt)",
    "event CallRevoked(bytes32 indexed callHash)",
    "event VerifierSet(address indexed verifier, bytes32 codeHash)",
    "function EXECUTION_WINDOW() view returns (uint32)",
    "function MAX_DELAY() view returns (uint32)",
    "function MIN_DELAY() view returns (uint32)",
    "function announce(bytes call)",
    "function authority() view returns (address)",
    "function delaySeconds() view returns (uint32)",
    "function executableAt(bytes32 callHash) view returns (uint64 time)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function profile() view returns ((uint8 slots, uint8 groups, uint8 scenarios, uint8 members, uint256 genesisCommitment))",
    "function revoke(bytes call)",
    "function setAuthority(address newAuthority)",
    "function setVerifier(address verifier_, bytes32 codeHash)",
    "function verifier() view returns (address)",
  ],
  VaultFactory: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error Create2EmptyBytecode()",
    "error FailedDeployment()",
    "error InsufficientBalance(uint256 balance, uint256 needed)",
    "error Miswired(string part, address found, address wanted)",
    "error NoContract(string part, address found)",
    "error NotApproved(address owner)",
    "error SafeERC20FailedOperation(address token)",
    "error WrongCode(bytes32 codeHash, bytes32 wanted)",
    "event AuthorityUpdated(address authority)",
    "event OwnerApproved(address indexed owner, uint256 vaults)",
    "event VaultCreated(address indexed vault, address indexed owner)",
    "function approveOwner(address owner, uint256 vaults)",
    "function approvedVaults(address owner) view returns (uint256)",
    "function authority() view returns (address)",
    "function create(bytes creationCode, (string name, string symbol, address owner, uint256 strategyCommitment, (uint256 deltaBps, uint256 gammaBps, uint256 vegaBps, uint256 concentrationBps, uint256 participationBps, uint256 grossBps, uint256 netBps, uint256 cashFloorBps, uint256 turnoverBps, uint256 initialMarginBps, uint256 maintenanceMarginBps, uint256 breachEpochs) mandate, uint32 dealingInterval, uint32 dealingOffset, uint64 changeDelay) terms) returns (address vault)",
    "function epochSeconds() view returns (uint32)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function market() view returns (address)",
    "function requestsLibrary() view returns (address)",
    "function setAuthority(address newAuthority)",
    "function termsLibrary() view returns (address)",
    "function vaultCodeHash() view returns (bytes32)",
    "function vaultCount() view returns (uint256)",
  ],
  Vault: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error BadSchedule(uint32 interval, uint32 offset)",
    "error CapacityReached(uint256 room)",
    "error DelayTooLong(uint64 delay, uint64 maximum)",
    "error DelayTooShort(uint64 delay, uint64 minimum)",
    "error DepositsTakenIn(uint64 until)",
    "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
    "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
    "error ERC20InvalidApprover(address approver)",
    "error ERC20InvalidReceiver(address receiver)",
    "error ERC20InvalidSender(address sender)",
    "error ERC20InvalidSpender(address spender)",
    "error ExceedsClaimable(uint256 asked, uint256 claimable)",
    "error ExceedsRequested(uint256 asked, uint256 requested)",
    "error ExceedsRequestedShares(uint256 asked, uint256 requested)",
    "error ExitTooLong(uint64 exitSeconds, uint64 maximum)",
    "error ExitsPending(uint256 shares)",
    "error InexactTransfer(uint256 asked, uint256 received)",
    "error LooseningIsAbdicated()",
    "error NoPreview()",
    "error NoSuchRequest(uint256 requestId)",
    "error NotAFieldElement(uint256 word)",
    "error NotMarket()",
    "error NotMicroDollars(uint8 decimals)",
    "error NotOperator(address caller, address account)",
    "error NotOwner()",
    "error NotResolved()",
    "error NothingPending()",
    "error NothingToCancel(address controller)",
    "error RedeemsTooFewShares(uint256 shares, uint256 least)",
    "error ReentrancyGuardReentrantCall()",
    "error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)",
    "error SafeCastOverflowedUintToInt(uint256 value)",
    "error SafeERC20FailedOperation(address token)",
    "error TakenIn(uint64 until)",
    "error TooEarly(uint64 effectiveAt)",
    "error TooLate(uint64 lapsedAt)",
    "error TooManyOpenRequests(address controller)",
    "error VaultStopped()",
    "error ZeroAmount()",
    "event Approval(address indexed owner, address indexed spender, uint256 value)",
    "event AuthorityUpdated(address authority)",
    "event CancelDepositClaim(address indexed controller, address indexed receiver, uint256 indexed requestId, address sender, uint256 assets)",
    "event CancelDepositRequest(address indexed controller, uint256 indexed requestId, address sender)",
    "event CancelRedeemClaim(address indexed controller, address indexed receiver, uint256 indexed requestId, address sender, uint256 shares)",
    "event CancelRedeemRequest(address indexed controller, uint256 indexed requestId, address sender)",
    "event Collected(address indexed account, address indexed receiver, uint256 sharesBurnt, uint256 assets)",
    "event Dealt(uint256 navBeforeMicroUsd, uint256 deposits, uint256 sharesIssued, uint256 sharesRedeemed, uint256 paid)",
    "event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)",
    "event DepositRequest(address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 assets)",
    "event DepositsVoided(uint256 assets)",
    "event LooseningAbdicated()",
    "event MandateAnnounced((uint256 deltaBps, uint256 gammaBps, uint256 vegaBps, uint256 concentrationBps, uint256 participationBps, uint256 grossBps, uint256 netBps, uint256 cashFloorBps, uint256 turnoverBps, uint256 initialMarginBps, uint256 maintenanceMarginBps, uint256 breachEpochs) limits, uint64 effectiveAt)",
    "event MandateChanged((uint256 deltaBps, uint256 gammaBps, uint256 vegaBps, uint256 concentrationBps, uint256 participationBps, uint256 grossBps, uint256 netBps, uint256 cashFloorBps, uint256 turnoverBps, uint256 initialMarginBps, uint256 maintenanceMarginBps, uint256 breachEpochs) limits)",
    "event OperatorSet(address indexed controller, address indexed operator, bool approved)",
    "event RedeemRequest(address indexed controller, address indexed owner, uint256 indexed requestId, address sender, uint256 shares)",
    "event ResolvedPaymentReceived(uint256 microUsd)",
    "event Stopped()",
    "event StrategyAnnounced(uint256 commitment, uint64 effectiveAt)",
    "event StrategyChanged(uint256 commitment)",
    "event Transfer(address indexed from, address indexed to, uint256 value)",
    "event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares)",
    "function CAPACITY_MICRO_USD() view returns (uint256)",
    "function abdicate()",
    "function allowance(address owner, address spender) view returns (uint256)",
    "function applyMandate()",
    "function applyStrategy()",
    "function approve(address spender, uint256 value) returns (bool)",
    "function asset() view returns (address)",
    "function authority() view returns (address)",
    "function balanceOf(address account) view returns (uint256)",
    "function cancelDepositRequest(uint256 requestId, address controller)",
    "function cancelRedeemRequest(uint256 requestId, address controller)",
    "function changeDelay() view returns (uint64)",
    "function claimCancelDepositRequest(uint256 requestId, address receiver, address controller) returns (uint256 assets)",
    "function claimCancelRedeemRequest(uint256 requestId, address receiver, address controller) returns (uint256 shares)",
    "function claimableCancelDepositRequest(uint256 requestId, address controller) view returns (uint256 assets)",
    "function claimableCancelRedeemRequest(uint256 requestId, address controller) view returns (uint256 shares)",
    "function claimableDepositRequest(uint256 requestId, address controller) view returns (uint256 assets)",
    "function claimableRedeemRequest(uint256 requestId, address controller) view returns (uint256 shares)",
    "function collect(address receiver, address account) returns (uint256 assets)",
    "function collectable(address account) view returns (uint256 assets)",
    "function collectedMicroUsd(address account) view returns (uint256)",
    "function convertToAssets(uint256 shares) view returns (uint256)",
    "function convertToShares(uint256 assets) view returns (uint256)",
    "function deal(uint256 navBeforeMicroUsd, uint256 redeemShares, uint64 cutoff, uint256 haircutPpb_) returns (int256 cashFlow)",
    "function dealingInterval() view returns (uint32)",
    "function dealingOffset() view returns (uint32)",
    "function dealings(uint32 afterEpoch, uint32 upToEpoch) view returns (uint256)",
    "function decimals() pure returns (uint8)",
    "function deposit(uint256 assets, address receiver, address controller) returns (uint256 shares)",
    "function deposit(uint256 assets, address receiver) returns (uint256 shares)",
    "function desk() view returns (address)",
    "function exitSeconds() view returns (uint64)",
    "function haircutPpb() view returns (uint256)",
    "function handedInShares(address account) view returns (uint256)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function isOperator(address controller, address operator) view returns (bool)",
    "function lastNavMicroUsd() view returns (uint128)",
    "function leastRedeemedShares(uint256 navBeforeMicroUsd, uint64 cutoff, uint256 haircutPpb_) view returns (uint256)",
    "function looseningAbdicated() view returns (bool)",
    "function mandate() view returns ((uint256 deltaBps, uint256 gammaBps, uint256 vegaBps, uint256 concentrationBps, uint256 participationBps, uint256 grossBps, uint256 netBps, uint256 cashFloorBps, uint256 turnoverBps, uint256 initialMarginBps, uint256 maintenanceMarginBps, uint256 breachEpochs))",
    "function market() view returns (address)",
    "function maxDeposit(address controller) view returns (uint256 assets)",
    "function maxMint(address controller) view returns (uint256 shares)",
    "function maxRedeem(address controller) view returns (uint256 shares)",
    "function maxWithdraw(address controller) view returns (uint256 assets)",
    "function mint(uint256 shares, address receiver) returns (uint256 assets)",
    "function mint(uint256 shares, address receiver, address controller) returns (uint256 assets)",
    "function name() view returns (string)",
    "function onResolved(uint256 paidMicroUsd)",
    "function onStopped()",
    "function owner() view returns (address)",
    "function pendingCancelDepositRequest(uint256, address) pure returns (bool isPending)",
    "function pendingCancelRedeemRequest(uint256, address) pure returns (bool isPending)",
    "function pendingDepositRequest(uint256 requestId, address controller) view returns (uint256 assets)",
    "function pendingMandate() view returns ((uint256 deltaBps, uint256 gammaBps, uint256 vegaBps, uint256 concentrationBps, uint256 participationBps, uint256 grossBps, uint256 netBps, uint256 cashFloorBps, uint256 turnoverBps, uint256 initialMarginBps, uint256 maintenanceMarginBps, uint256 breachEpochs) limits, uint64 effectiveAt)",
    "function pendingRedeemRequest(uint256 requestId, address controller) view returns (uint256 shares)",
    "function pendingStrategy() view returns (uint256 commitment, uint64 effectiveAt)",
    "function previewDeal(uint256 navBeforeMicroUsd, uint256 redeemShares, uint64 cutoff, uint256 haircutPpb_) view returns (int256 cashFlow)",
    "function previewDeposit(uint256) pure returns (uint256)",
    "function previewMint(uint256) pure returns (uint256)",
    "function previewRedeem(uint256) pure returns (uint256)",
    "function previewWithdraw(uint256) pure returns (uint256)",
    "function redeem(uint256 shares, address receiver, address controller) returns (uint256 assets)",
    "function redeemableShares(uint64 cutoff) view returns (uint256)",
    "function requestDeposit(uint256 assets, address controller, address owner_) returns (uint256 requestId)",
    "function requestRedeem(uint256 shares, address controller, address owner_) returns (uint256 requestId)",
    "function resolvedMicroUsd() view returns (uint256)",
    "function resolvedSupply() view returns (uint256)",
    "function setAuthority(address newAuthority)",
    "function setMandate((uint256 deltaBps, uint256 gammaBps, uint256 vegaBps, uint256 concentrationBps, uint256 participationBps, uint256 grossBps, uint256 netBps, uint256 cashFloorBps, uint256 turnoverBps, uint256 initialMarginBps, uint256 maintenanceMarginBps, uint256 breachEpochs) limits)",
    "function setOperator(address operator, bool approved) returns (bool)",
    "function setStrategy(uint256 commitment)",
    "function share() view returns (address)",
    "function stopped() view returns (bool)",
    "function strategyCommitment() view returns (uint256)",
    "function supportsInterface(bytes4 id) pure returns (bool)",
    "function symbol() view returns (string)",
    "function terms(uint32 epoch, uint256 redeemShares, uint64 cutoff) view returns (uint256 strategyCommitment_, address mandatePointer, bool dealing, uint256 cashWantedMicroUsd)",
    "function totalAssets() view returns (uint256)",
    "function totalSupply() view returns (uint256)",
    "function transfer(address to, uint256 value) returns (bool)",
    "function transferFrom(address from, address to, uint256 value) returns (bool)",
    "function vault(address asset_) view returns (address)",
    "function withdraw(uint256 assets, address receiver, address controller) returns (uint256 shares)",
  ],
  Bonds: [
    "error BondBelowMinimum(address vault, uint256 postedMicroUsd, uint256 minimumMicroUsd)",
    "error BondStays(address vault, uint8 status)",
    "error NotDesk()",
    "error NotOwner()",
    "error SafeERC20FailedOperation(address token)",
    "event BondPosted(address indexed vault, address indexed from, uint256 amountMicroUsd)",
    "event BondTaken(address indexed vault, uint256 amountMicroUsd)",
    "event BondWithdrawn(address indexed vault, address indexed owner, uint256 amountMicroUsd)",
    "function bondMicroUsd(address vault) view returns (uint256)",
    "function cash() view returns (address)",
    "function desk() view returns (address)",
    "function market() view returns (address)",
    "function minimumMicroUsd() view returns (uint256)",
    "function post(address vault, uint256 amountMicroUsd)",
    "function requireMinimum(address vault) view",
    "function take(address vault, uint256 mostMicroUsd) returns (uint256 takenMicroUsd)",
    "function withdraw(address vault)",
  ],
  IVerifier: [
    "function verifyProof(uint256[2] a, uint256[2][2] b, uint256[2] c, uint256[3] signals) view returns (bool)",
  ],
  IDerivativeVenue: [
    "function cashMicroUsd(uint8 slot) view returns (int256)",
    "function deposit(uint8 slot, uint256 amountMicroUsd)",
    "function marginalPriceMicroUsd(uint8 slot) view returns (uint256)",
    "function markMicroUsd(uint8 slot) view returns (uint256)",
    "function positionLots(uint8 slot) view returns (int256)",
    "function requirementMicroUsd(uint8 slot, int256 lots) view returns (uint256 initial, uint256 maintenance)",
    "function settleExpired(uint8 slot) returns (uint256 payoffMicroUsd)",
    "function trade(uint8 slot, int256 lots, uint256 limitMicroUsd)",
    "function withdraw(uint8 slot, uint256 mostMicroUsd)",
  ],
  IERC20: [
    "event Approval(address indexed owner, address indexed spender, uint256 value)",
    "event Transfer(address indexed from, address indexed to, uint256 value)",
    "function allowance(address owner, address spender) view returns (uint256)",
    "function approve(address spender, uint256 value) returns (bool)",
    "function balanceOf(address account) view returns (uint256)",
    "function totalSupply() view returns (uint256)",
    "function transfer(address to, uint256 value) returns (bool)",
    "function transferFrom(address from, address to, uint256 value) returns (bool)",
  ],
} as const;
