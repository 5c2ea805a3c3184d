// Written by client/deploy/generateAbi.ts from the compiled contracts: `npm run generate:abi`.
// Structs, then each contract's functions and events, then the ABIs as ethers reads them.

export interface AuthorityShape {
  views: {
    ADMIN_ROLE(): bigint;
    MAX_WAIT(): bigint;
    MIN_WAIT(): bigint;
    PUBLIC_ROLE(): bigint;
    actsAtOnce(role: bigint): boolean;
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
    hasRole(role: bigint, account: string): [isMember: boolean, executionDelay: bigint];
    hashOperation(caller: string, target: string, data: string): string;
    isSetUp(): boolean;
    isTargetClosed(target: string): boolean;
    minSetback(): bigint;
    waitSeconds(): bigint;
  };
  steps: {
    cancel(caller: string, target: string, data: string): bigint;
    consumeScheduledOp(caller: string, data: string): void;
    execute(target: string, data: string): bigint;
    finishSetUp(rolesAtOnce: readonly bigint[]): void;
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
    SetUpFinished: { indexed: Record<never, never>; data: { rolesAtOnce: readonly bigint[] } };
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
    desk(): string;
    factory(): string;
    isConsumingScheduledOp(): string;
    listings(slot: bigint): [pool: string, lotSize: bigint, cashIsToken0: boolean, base: string];
    marginalPriceMicroUsd(slot: bigint): bigint;
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
    desk(): string;
    holders(slot: bigint): string;
    isConsumingScheduledOp(): string;
    listings(slot: bigint): [baseToken: string, lotSize: bigint, pool: string];
    marginalPriceMicroUsd(slot: bigint): bigint;
    markMicroUsd(slot: bigint): bigint;
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
    desk(): string;
    holders(slot: bigint): string;
    isConsumingScheduledOp(): string;
    listings(slot: bigint): [strikeId: bigint, boardId: bigint, strike: bigint, lotSize: bigint, expiry: bigint, isCall: boolean, positionId: bigint];
    marginalPriceMicroUsd(slot: bigint): bigint;
    markMicroUsd(slot: bigint): bigint;
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
  Authority: AuthorityShape;
  TestToken: TestTokenShape;
  TestFeed: TestFeedShape;
  UniswapV3Adapter: UniswapV3AdapterShape;
  CurieAdapter: CurieAdapterShape;
  LyraAdapter: LyraAdapterShape;
}

export const ABI = {
  Authority: [
    "error AccessManagerAlreadyScheduled(bytes32 operationId)",
    "error AccessManagerBadConfirmation()",
    "error AccessManagerExpired(bytes32 operationId)",
    "error AccessManagerInvalidInitialAdmin(address initialAdmin)",
    "error AccessManagerLockedFunction(bytes4 selector)",
    "error AccessManagerLockedRole(uint64 roleId)",
    "error AccessManagerNotReady(bytes32 operationId)",
    "error AccessManagerNotScheduled(bytes32 operationId)",
    "error AccessManagerUnauthorizedAccount(address msgsender, uint64 roleId)",
    "error AccessManagerUnauthorizedCall(address caller, address target, bytes4 selector)",
    "error AccessManagerUnauthorizedCancel(address msgsender, address caller, address target, bytes4 selector)",
    "error AccessManagerUnauthorizedConsume(address target)",
    "error AddressEmptyCode(address target)",
    "error AuthorityIsFixed()",
    "error FailedCall()",
    "error InsufficientBalance(uint256 balance, uint256 needed)",
    "error RoleActsAtOnce(uint64 role)",
    "error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)",
    "error SetUpIsOver()",
    "error WaitOutOfRange(uint32 waitSeconds)",
    "event OperationCanceled(bytes32 indexed operationId, uint32 indexed nonce)",
    "event OperationExecuted(bytes32 indexed operationId, uint32 indexed nonce)",
    "event OperationScheduled(bytes32 indexed operationId, uint32 indexed nonce, uint48 schedule, address caller, address target, bytes data)",
    "event RoleAdminChanged(uint64 indexed roleId, uint64 indexed admin)",
    "event RoleGrantDelayChanged(uint64 indexed roleId, uint32 delay, uint48 since)",
    "event RoleGranted(uint64 indexed roleId, address indexed account, uint32 delay, uint48 since, bool newMember)",
    "event RoleGuardianChanged(uint64 indexed roleId, uint64 indexed guardian)",
    "event RoleLabel(uint64 indexed roleId, string label)",
    "event RoleRevoked(uint64 indexed roleId, address indexed account)",
    "event SetUpFinished(uint64[] rolesAtOnce)",
    "event TargetAdminDelayUpdated(address indexed target, uint32 delay, uint48 since)",
    "event TargetClosed(address indexed target, bool closed)",
    "event TargetFunctionRoleUpdated(address indexed target, bytes4 selector, uint64 indexed roleId)",
    "function ADMIN_ROLE() view returns (uint64)",
    "function MAX_WAIT() view returns (uint32)",
    "function MIN_WAIT() view returns (uint32)",
    "function PUBLIC_ROLE() view returns (uint64)",
    "function actsAtOnce(uint64 role) view returns (bool)",
    "function canCall(address caller, address target, bytes4 selector) view returns (bool immediate, uint32 delay)",
    "function cancel(address caller, address target, bytes data) returns (uint32)",
    "function consumeScheduledOp(address caller, bytes data)",
    "function execute(address target, bytes data) payable returns (uint32)",
    "function expiration() view returns (uint32)",
    "function finishSetUp(uint64[] rolesAtOnce)",
    "function getAccess(uint64 roleId, address account) view returns (uint48 since, uint32 currentDelay, uint32 pendingDelay, uint48 effect)",
    "function getNonce(bytes32 id) view returns (uint32)",
    "function getRoleAdmin(uint64 roleId) view returns (uint64)",
    "function getRoleGrantDelay(uint64 roleId) view returns (uint32)",
    "function getRoleGuardian(uint64 roleId) view returns (uint64)",
    "function getSchedule(bytes32 id) view returns (uint48)",
    "function getTargetAdminDelay(address target) view returns (uint32)",
    "function getTargetFunctionRole(address target, bytes4 selector) view returns (uint64)",
    "function grantRole(uint64 roleId, address account, uint32 executionDelay)",
    "function hasRole(uint64 role, address account) view returns (bool isMember, uint32 executionDelay)",
    "function hashOperation(address caller, address target, bytes data) view returns (bytes32)",
    "function isSetUp() view returns (bool)",
    "function isTargetClosed(address target) view returns (bool)",
    "function labelRole(uint64 roleId, string label)",
    "function minSetback() view returns (uint32)",
    "function multicall(bytes[] data) returns (bytes[] results)",
    "function renounceRole(uint64 roleId, address callerConfirmation)",
    "function revokeRole(uint64 roleId, address account)",
    "function schedule(address target, bytes data, uint48 when) returns (bytes32 operationId, uint32 nonce)",
    "function setGrantDelay(uint64 roleId, uint32 newDelay)",
    "function setRoleAdmin(uint64 roleId, uint64 admin)",
    "function setRoleGuardian(uint64 roleId, uint64 guardian)",
    "function setTargetAdminDelay(address target, uint32 newDelay)",
    "function setTargetClosed(address target, bool closed)",
    "function setTargetFunctionRole(address target, bytes4[] selectors, uint64 roleId)",
    "function updateAuthority(address target, address newAuthority)",
    "function waitSeconds() view returns (uint32)",
  ],
  TestToken: [
    "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
    "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
    "error ERC20InvalidApprover(address approver)",
    "error ERC20InvalidReceiver(address receiver)",
    "error ERC20InvalidSender(address sender)",
    "error ERC20InvalidSpender(address spender)",
    "event Approval(address indexed owner, address indexed spender, uint256 value)",
    "event Transfer(address indexed from, address indexed to, uint256 value)",
    "function allowance(address owner, address spender) view returns (uint256)",
    "function approve(address spender, uint256 value) returns (bool)",
    "function balanceOf(address account) view returns (uint256)",
    "function decimals() view returns (uint8)",
    "function mint(address to, uint256 amount)",
    "function name() view returns (string)",
    "function symbol() view returns (string)",
    "function totalSupply() view returns (uint256)",
    "function transfer(address to, uint256 value) returns (bool)",
    "function transferFrom(address from, address to, uint256 value) returns (bool)",
  ],
  TestFeed: [
    "event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)",
    "event NewRound(uint256 indexed roundId, address indexed startedBy, uint256 startedAt)",
    "function decimals() view returns (uint8)",
    "function description() pure returns (string)",
    "function getAnswer(uint256) view returns (int256)",
    "function getRoundData(uint80 _roundId) view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
    "function getTimestamp(uint256) view returns (uint256)",
    "function latestAnswer() view returns (int256)",
    "function latestRound() view returns (uint256)",
    "function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
    "function latestTimestamp() view returns (uint256)",
    "function updateAnswer(int256 _answer)",
    "function updateRoundData(uint80 _roundId, int256 _answer, uint256 _timestamp, uint256 _startedAt)",
    "function version() view returns (uint256)",
  ],
  UniswapV3Adapter: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error LimitExceeded(uint256 amountMicroUsd, uint256 limitMicroUsd)",
    "error NotAPool(address pool)",
    "error NotDesk()",
    "error NotEnoughLiquidity(uint256 asked, uint256 traded)",
    "error NotListed(uint8 slot)",
    "error NotTradedPool(address caller)",
    "error SafeCastOverflowedUintToInt(uint256 value)",
    "error SafeERC20FailedOperation(address token)",
    "error ZeroLots()",
    "event AuthorityUpdated(address authority)",
    "event Listed(uint8 indexed slot, address indexed pool, address indexed base, uint128 lotSize)",
    "function authority() view returns (address)",
    "function cash() view returns (address)",
    "function desk() view returns (address)",
    "function factory() view returns (address)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function list(uint8 slot, address pool, uint128 lotSize)",
    "function listings(uint8 slot) view returns (address pool, uint128 lotSize, bool cashIsToken0, address base)",
    "function marginalPriceMicroUsd(uint8 slot) view returns (uint256)",
    "function setAuthority(address newAuthority)",
    "function trade(uint8 slot, int256 lots, uint256 limitMicroUsd)",
    "function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes data)",
  ],
  CurieAdapter: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error LimitExceeded(uint256 amountMicroUsd, uint256 limitMicroUsd)",
    "error NotCash(address settlementToken)",
    "error NotDesk()",
    "error NotEnoughLiquidity(uint256 asked, uint256 traded)",
    "error NotExpired(uint8 slot)",
    "error NotListed(uint8 slot)",
    "error SafeERC20FailedOperation(address token)",
    "error StillOpen(uint8 slot, int256 lots)",
    "error ZeroLots()",
    "event AuthorityUpdated(address authority)",
    "event Deposited(uint8 indexed slot, uint256 amountMicroUsd)",
    "event Listed(uint8 indexed slot, address indexed baseToken, address indexed holder, uint128 lotSize)",
    "event Settled(uint8 indexed slot, uint256 payoffMicroUsd)",
    "event Traded(uint8 indexed slot, int256 lots, uint256 amountMicroUsd)",
    "event Withdrawn(uint8 indexed slot, uint256 amountMicroUsd)",
    "function authority() view returns (address)",
    "function cash() view returns (address)",
    "function cashMicroUsd(uint8 slot) view returns (int256)",
    "function clearingHouse() view returns (address)",
    "function deposit(uint8 slot, uint256 amountMicroUsd)",
    "function desk() view returns (address)",
    "function holders(uint8 slot) view returns (address)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function list(uint8 slot, address baseToken, uint128 lotSize)",
    "function listings(uint8 slot) view returns (address baseToken, uint128 lotSize, address pool)",
    "function marginalPriceMicroUsd(uint8 slot) view returns (uint256)",
    "function markMicroUsd(uint8 slot) view returns (uint256)",
    "function positionLots(uint8 slot) view returns (int256)",
    "function requirementMicroUsd(uint8 slot, int256 lots) view returns (uint256 initial, uint256 maintenance)",
    "function setAuthority(address newAuthority)",
    "function settleExpired(uint8 slot) returns (uint256 payoffMicroUsd)",
    "function trade(uint8 slot, int256 lots, uint256 limitMicroUsd)",
    "function withdraw(uint8 slot, uint256 mostMicroUsd)",
  ],
  LyraAdapter: [
    "error AccessManagedInvalidAuthority(address authority)",
    "error AccessManagedRequiredDelay(address caller, uint32 delay)",
    "error AccessManagedUnauthorized(address caller)",
    "error AddressEmptyCode(address target)",
    "error FailedCall()",
    "error LimitExceeded(uint256 amountMicroUsd, uint256 limitMicroUsd)",
    "error NotAStrike(uint256 strikeId)",
    "error NotDesk()",
    "error NotExpired(uint8 slot)",
    "error NotListed(uint8 slot)",
    "error SafeERC20FailedOperation(address token)",
    "error StillOpen(uint8 slot, int256 lots)",
    "error ZeroLots()",
    "event AuthorityUpdated(address authority)",
    "event Deposited(uint8 indexed slot, uint256 amountMicroUsd)",
    "event Listed(uint8 indexed slot, uint256 indexed strikeId, address indexed holder, bool isCall, uint128 lotSize)",
    "event Settled(uint8 indexed slot, uint256 payoffMicroUsd)",
    "event Traded(uint8 indexed slot, int256 lots, uint256 amountMicroUsd)",
    "event Withdrawn(uint8 indexed slot, uint256 amountMicroUsd)",
    "function authority() view returns (address)",
    "function averageSeconds() view returns (uint256)",
    "function cash() view returns (address)",
    "function cashMicroUsd(uint8 slot) view returns (int256)",
    "function deposit(uint8 slot, uint256 amountMicroUsd)",
    "function desk() view returns (address)",
    "function holders(uint8 slot) view returns (address)",
    "function isConsumingScheduledOp() view returns (bytes4)",
    "function list(uint8 slot, uint256 strikeId, bool isCall, uint128 lotSize)",
    "function listings(uint8 slot) view returns (uint256 strikeId, uint256 boardId, uint256 strike, uint128 lotSize, uint64 expiry, bool isCall, uint256 positionId)",
    "function marginalPriceMicroUsd(uint8 slot) view returns (uint256)",
    "function markMicroUsd(uint8 slot) view returns (uint256)",
    "function optionMarket() view returns (address)",
    "function pegModule() view returns (address)",
    "function positionLots(uint8 slot) view returns (int256)",
    "function quote() view returns (address)",
    "function requirementMicroUsd(uint8 slot, int256 lots) view returns (uint256 initial, uint256 maintenance)",
    "function setAuthority(address newAuthority)",
    "function settleExpired(uint8 slot) returns (uint256 payoffMicroUsd)",
    "function trade(uint8 slot, int256 lots, uint256 limitMicroUsd)",
    "function withdraw(uint8 slot, uint256 mostMicroUsd)",
  ],
} as const;
