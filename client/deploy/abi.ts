// Written by client/deploy/generateAbi.ts from the compiled contracts: `npm run generate:abi`.
// Structs, then each contract's functions and events.

export interface AccessManagerShape {
  views: {
    ADMIN_ROLE(): bigint;
    PUBLIC_ROLE(): bigint;
    canCall(caller: string, target: string, selector: string): [immediate: boolean, delay: bigint];
    expiration(): bigint;
    getAccess(roleId: bigint, account: string): [since: bigint, currentDelay: bigint, pendingDelay: bigint, effect: bigint];
    getNonce(id: string): bigint;
    getRoleAdmin(roleId: bigint): bigint;
    getRoleGrantDelay(roleId: bigint): bigint;
    getRoleGuardian(roleId: bigint): bigint;
    getSchedule(id: string): bigint;
    getTargetAdminDelay(target: string): bigint;
    getTargetFunctionRole(target: string, selector: string): bigint;
    hasRole(roleId: bigint, account: string): [isMember: boolean, executionDelay: bigint];
    hashOperation(caller: string, target: string, data: string): string;
    isTargetClosed(target: string): boolean;
    minSetback(): bigint;
  };
  steps: {
    cancel(caller: string, target: string, data: string): bigint;
    consumeScheduledOp(caller: string, data: string): void;
    execute(target: string, data: string): bigint;
    grantRole(roleId: bigint, account: string, executionDelay: bigint): void;
    labelRole(roleId: bigint, label: string): void;
    multicall(data: readonly string[]): readonly string[];
    renounceRole(roleId: bigint, callerConfirmation: string): void;
    revokeRole(roleId: bigint, account: string): void;
    schedule(target: string, data: string, when: bigint): [operationId: string, nonce: bigint];
    setGrantDelay(roleId: bigint, newDelay: bigint): void;
    setRoleAdmin(roleId: bigint, admin: bigint): void;
    setRoleGuardian(roleId: bigint, guardian: bigint): void;
    setTargetAdminDelay(target: string, newDelay: bigint): void;
    setTargetClosed(target: string, closed: boolean): void;
    setTargetFunctionRole(target: string, selectors: readonly string[], roleId: bigint): void;
    updateAuthority(target: string, newAuthority: string): void;
  };
  events: {
    OperationCanceled: { indexed: { operationId: string; nonce: bigint }; data: Record<never, never> };
    OperationExecuted: { indexed: { operationId: string; nonce: bigint }; data: Record<never, never> };
    OperationScheduled: { indexed: { operationId: string; nonce: bigint }; data: { schedule: bigint; caller: string; target: string; data: string } };
    RoleAdminChanged: { indexed: { roleId: bigint; admin: bigint }; data: Record<never, never> };
    RoleGrantDelayChanged: { indexed: { roleId: bigint }; data: { delay: bigint; since: bigint } };
    RoleGranted: { indexed: { roleId: bigint; account: string }; data: { delay: bigint; since: bigint; newMember: boolean } };
    RoleGuardianChanged: { indexed: { roleId: bigint; guardian: bigint }; data: Record<never, never> };
    RoleLabel: { indexed: { roleId: bigint }; data: { label: string } };
    RoleRevoked: { indexed: { roleId: bigint; account: string }; data: Record<never, never> };
    TargetAdminDelayUpdated: { indexed: { target: string }; data: { delay: bigint; since: bigint } };
    TargetClosed: { indexed: { target: string }; data: { closed: boolean } };
    TargetFunctionRoleUpdated: { indexed: { target: string; roleId: bigint }; data: { selector: string } };
  };
}

export interface TestTokenShape {
  views: {
    allowance(owner: string, spender: string): bigint;
    balanceOf(account: string): bigint;
    decimals(): bigint;
    name(): string;
    symbol(): string;
    totalSupply(): bigint;
  };
  steps: {
    approve(spender: string, value: bigint): boolean;
    mint(to: string, amount: bigint): void;
    transfer(to: string, value: bigint): boolean;
    transferFrom(from: string, to: string, value: bigint): boolean;
  };
  events: {
    Approval: { indexed: { owner: string; spender: string }; data: { value: bigint } };
    Transfer: { indexed: { from: string; to: string }; data: { value: bigint } };
  };
}

export interface TestFeedShape {
  views: {
    decimals(): bigint;
    description(): string;
    getAnswer(arg0: bigint): bigint;
    getRoundData(_roundId: bigint): [roundId: bigint, answer: bigint, startedAt: bigint, updatedAt: bigint, answeredInRound: bigint];
    getTimestamp(arg0: bigint): bigint;
    latestAnswer(): bigint;
    latestRound(): bigint;
    latestRoundData(): [roundId: bigint, answer: bigint, startedAt: bigint, updatedAt: bigint, answeredInRound: bigint];
    latestTimestamp(): bigint;
    version(): bigint;
  };
  steps: {
    updateAnswer(_answer: bigint): void;
    updateRoundData(_roundId: bigint, _answer: bigint, _timestamp: bigint, _startedAt: bigint): void;
  };
  events: {
    AnswerUpdated: { indexed: { current: bigint; roundId: bigint }; data: { updatedAt: bigint } };
    NewRound: { indexed: { roundId: bigint; startedBy: string }; data: { startedAt: bigint } };
  };
}

export interface UniswapV3AdapterShape {
  views: {
    authority(): string;
    cash(): string;
    factory(): string;
    isConsumingScheduledOp(): string;
    liquidityLots(slot: bigint): bigint;
    listings(slot: bigint): [pool: string, lotSize: bigint, cashIsToken0: boolean, base: string];
    marginalPriceMicroUsd(slot: bigint): bigint;
    market(): string;
  };
  steps: {
    list(slot: bigint, pool: string, lotSize: bigint): void;
    setAuthority(newAuthority: string): void;
    trade(slot: bigint, lots: bigint, limitMicroUsd: bigint): void;
    uniswapV3SwapCallback(amount0Delta: bigint, amount1Delta: bigint, data: string): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    Listed: { indexed: { slot: bigint; pool: string; base: string }; data: { lotSize: bigint } };
  };
}

export interface CurieAdapterShape {
  views: {
    authority(): string;
    cash(): string;
    cashMicroUsd(slot: bigint): bigint;
    clearingHouse(): string;
    holders(slot: bigint): string;
    isConsumingScheduledOp(): string;
    liquidityLots(slot: bigint): bigint;
    listings(slot: bigint): [baseToken: string, lotSize: bigint, pool: string];
    marginalPriceMicroUsd(slot: bigint): bigint;
    markMicroUsd(slot: bigint): bigint;
    market(): string;
    positionLots(slot: bigint): bigint;
    requirementMicroUsd(slot: bigint, lots: bigint): [initial: bigint, maintenance: bigint];
  };
  steps: {
    deposit(slot: bigint, amountMicroUsd: bigint): void;
    list(slot: bigint, baseToken: string, lotSize: bigint): void;
    setAuthority(newAuthority: string): void;
    settleExpired(slot: bigint): bigint;
    trade(slot: bigint, lots: bigint, limitMicroUsd: bigint): void;
    withdraw(slot: bigint, mostMicroUsd: bigint): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    Deposited: { indexed: { slot: bigint }; data: { amountMicroUsd: bigint } };
    Listed: { indexed: { slot: bigint; baseToken: string; holder: string }; data: { lotSize: bigint } };
    Settled: { indexed: { slot: bigint }; data: { payoffMicroUsd: bigint } };
    Traded: { indexed: { slot: bigint }; data: { lots: bigint; amountMicroUsd: bigint } };
    Withdrawn: { indexed: { slot: bigint }; data: { amountMicroUsd: bigint } };
  };
}

export interface LyraAdapterShape {
  views: {
    authority(): string;
    averageSeconds(): bigint;
    cash(): string;
    cashMicroUsd(slot: bigint): bigint;
    holders(slot: bigint): string;
    isConsumingScheduledOp(): string;
    liquidityLots(slot: bigint): bigint;
    listings(slot: bigint): [strikeId: bigint, boardId: bigint, strike: bigint, lotSize: bigint, expiry: bigint, isCall: boolean, positionId: bigint];
    marginalPriceMicroUsd(slot: bigint): bigint;
    markMicroUsd(slot: bigint): bigint;
    market(): string;
    optionMarket(): string;
    pegModule(): string;
    positionLots(slot: bigint): bigint;
    quote(): string;
    requirementMicroUsd(slot: bigint, lots: bigint): [initial: bigint, maintenance: bigint];
  };
  steps: {
    deposit(slot: bigint, amountMicroUsd: bigint): void;
    list(slot: bigint, strikeId: bigint, isCall: boolean, lotSize: bigint): void;
    setAuthority(newAuthority: string): void;
    settleExpired(slot: bigint): bigint;
    trade(slot: bigint, lots: bigint, limitMicroUsd: bigint): void;
    withdraw(slot: bigint, mostMicroUsd: bigint): void;
  };
  events: {
    AuthorityUpdated: { indexed: Record<never, never>; data: { authority: string } };
    Deposited: { indexed: { slot: bigint }; data: { amountMicroUsd: bigint } };
    Listed: { indexed: { slot: bigint; strikeId: bigint; holder: string }; data: { isCall: boolean; lotSize: bigint } };
    Settled: { indexed: { slot: bigint }; data: { payoffMicroUsd: bigint } };
    Traded: { indexed: { slot: bigint }; data: { lots: bigint; amountMicroUsd: bigint } };
    Withdrawn: { indexed: { slot: bigint }; data: { amountMicroUsd: bigint } };
  };
}

export interface Contracts {
  AccessManager: AccessManagerShape;
  TestToken: TestTokenShape;
  TestFeed: TestFeedShape;
  UniswapV3Adapter: UniswapV3AdapterShape;
  CurieAdapter: CurieAdapterShape;
  LyraAdapter: LyraAdapterShape;
}
