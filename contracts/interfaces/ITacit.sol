// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Types shared by the contracts. Units: µUSD for money, lots for positions, bps of NAV for limits.

enum Phase {
    AwaitSnapshot,
    Submit,
    Clear
}

enum VaultStatus {
    None,
    Active,
    /// Recovery was started; a valid submission cancels it until `challengeEnds`.
    Challenged,
    /// The challenge window passed without a submission; the vault no longer submits.
    Recovering,
    /// The vault proved NAV < 0.
    Insolvent,
    /// Its book was opened and taken over: the vault has ended, its share holders are paid what is owed to it.
    Resolved
}

enum SlotKind {
    None,
    Spot,
    Perp,
    Option
}

/// One row of the instrument table. `positionCap` can't change while a series is listed.
struct Slot {
    SlotKind kind;
    /// Venue adapter that trades the slot.
    address adapter;
    /// Spot: the ERC-20 the market holds, 18 decimals or fewer. Zero for perps and options.
    address token;
    /// AggregatorV3Interface of the underlying's price and its own heartbeat in seconds.
    address feed;
    uint32 feedHeartbeat;
    /// Smallest token units in one lot (spot), or 1e18-scaled contracts (perp, option).
    uint128 lotSize;
    /// Option terms; zero for others.
    uint128 strike;
    uint64 expiry;
    bool isCall;
    /// Lots. `orderCap` bounds a vault's order: a snapshot's liquidity is at most this. `positionCap` binds every book.
    uint32 orderCap;
    uint40 positionCap;
    /// A net below `threshold` lots may be taken by the inventory account, up to `inventoryCap`.
    uint40 threshold;
    uint40 inventoryCap;
    /// How far a fill may be from the reference besides its impact, in bps: the venue's own fee and a little for the
    /// distance of its price. All of it that the venue doesn't take, who pushes its price may.
    uint16 feeBps;
}

/// How the market trades and keeps its account at the venue of a perp or option slot. Shares in bps.
struct VenueRule {
    /// A perp's mark counts as far as it is within the feed's price ± this. At the end of a series, holders bear at most
    /// this part of the underlying's price for what the venue failed to bring.
    uint16 clampBps;
    /// Most funding a lot can be paid or charged in a day, in parts of the feed's price.
    uint16 fundingBpsPerDay;
    /// Largest distance of the venue's marginal price from the reference before trading, in parts of the underlying's.
    uint16 epsilonBps;
    /// The account's equity, in parts of what the venue wants to open the position: it is brought up to `targetBps`
    /// before a trade or when it is below `lowBps`, and down to it when above `highBps`.
    uint16 lowBps;
    uint16 targetBps;
    uint16 highBps;
    /// Below this, in parts of what the venue wants not to liquidate, orders may only make the position smaller.
    uint16 floorBps;
    /// Most of the market's cash that may lie at the venue, transfers there less transfers back, µUSD.
    uint64 capMicroUsd;
    /// Options: how long the guardian may veto a payoff, and by how much, in parts of the underlying's price, it must
    /// differ from the feed's to be vetoed.
    uint32 disputeSeconds;
    uint16 toleranceBps;
}

/// The market's account at the venue of a perp or option slot, in the running series.
struct VenueAccount {
    /// Perp: the mark at the latest checkpoint. Option: what a lot's underlying was worth, by the feed, when the epoch
    /// was opened. µUSD.
    uint56 markMicroUsd;
    /// Perp: cash paid per lot since the series opened, µUSD.
    int64 carryIndexMicroUsd;
    /// What of the account's cash is booked, µUSD: with position · mark, all that has been credited to anyone. What the
    /// venue says beyond that waits.
    int64 cashMicroUsd;
    /// When funding was last read off it.
    uint40 checkedAt;
    /// Cash sent to the venue less cash that came back, µUSD.
    int64 transferredMicroUsd;
    /// Losses the insurance account has borne for this slot and not got back, µUSD.
    uint64 advancedMicroUsd;
}

/// What an expired option is to pay, while it can be disputed. All zero before.
struct ExitProposal {
    uint56 payoffMicroUsd;
    /// What the payoff can't be above, µUSD.
    uint56 boundMicroUsd;
    /// The guardian may veto until then; afterwards anyone ends the series. Not 0 once there is a proposal.
    uint40 disputeEnds;
    /// Whether the payoff is far enough from the feed's to be vetoed.
    bool disputable;
    /// Governance has to say what it pays.
    bool vetoed;
}

/// What the owner hands in. Everything else of the transcript the contract knows itself.
struct Submission {
    address vault;
    uint256 h;
    /// Groth16: A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y (snarkjs calldata order).
    uint256[8] proof;
    uint256 newCommitment;
    uint256 redeemShares;
    uint256 nav;
    uint256 insolvent;
    /// 2U order-commitment words, R.x, R.y, then the sealed payload.
    uint256[] sealedWords;
}

/// Sizes of a circuit profile and its genesis commitment.
struct Profile {
    uint8 slots;
    uint8 groups;
    uint8 scenarios;
    uint8 members;
    uint256 genesisCommitment;
}

/// How a market runs; fixed at deployment. Times in seconds, shares and bands in bps.
struct MarketConfig {
    /// How long an epoch takes submissions.
    uint32 submitWindow;
    /// How long after the close groups may clear before they lapse.
    uint32 clearWindow;
    /// How long the market waits for a snapshot before anyone may halt it.
    uint32 snapshotWindow;
    /// How long a valid submission can still cancel a recovery.
    uint32 challengeWindow;
    /// After this time since the last trip anyone may resume a halted market.
    uint32 haltCoolDown;
    /// Requests made later than `observedAt` minus this margin are not dealt in the epoch.
    uint32 dealMargin;
    /// Open (not halted) epochs in a row a vault may miss before recovery can start.
    uint32 heartbeatLimit;
    /// Smallest share of the active vaults for a batch to be opened.
    uint32 minShareBps;
    /// Largest distance of the venue's marginal price from the reference before trading.
    uint32 epsilonBps;
    /// A fill must be within reference ± (the slot's feeBps + kappaBps·|trade| / liquidity).
    uint32 kappaBps;
    /// Loosest margin limits of a mandate that may trade here: what a vault loses beyond its capital the others bear.
    uint32 maxInitialMarginBps;
    uint32 maxMaintenanceMarginBps;
    /// Least bond of a vault's owner, µUSD.
    uint64 minBondMicroUsd;
}

interface IVerifier {
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[3] calldata signals
    ) external view returns (bool);
}

interface IVerifierRegistry {
    function profile() external view returns (Profile memory);
    function verifier() external view returns (IVerifier);
}

interface ICommitteeRegistry {
    /// SSTORE2 pointer to the 2M key words of the current committee, and its version. Reverts if it isn't complete.
    function current() external view returns (address keysPointer, uint32 version);
}

interface IMarket {
    event EpochOpened(
        uint32 indexed epoch,
        uint256 snapshotHash,
        address snapshotPointer,
        uint64 observedAt,
        uint64 submitBy,
        bool halted,
        uint32 committeeVersion
    );
    /// Everything a submission brought and what it set off: with chain state, all a transcript needs. `sealedWords` is
    /// here because a submission made by another contract has no calldata of its own for the committee to find.
    event Submitted(
        uint32 indexed epoch,
        address indexed vault,
        uint32 index,
        uint256 oldCommitment,
        uint256 newCommitment,
        int256 cashFlow,
        uint256 redeemShares,
        uint256 nav,
        bool insolvent,
        uint256 h,
        uint256[] sealedWords
    );
    event EpochClosed(uint32 indexed epoch, uint32 submissions, bytes32 setHash, bool cancelled);
    event BatchTallied(uint32 indexed epoch, uint32 untallied);
    /// `references` and `charges` per slot, µUSD per lot; 0 where there can be no orders.
    event GroupCleared(
        uint32 indexed epoch,
        uint8 indexed group,
        int256[] nets,
        uint256 rho,
        uint256[] references,
        uint256[] charges
    );
    event GroupFailed(uint32 indexed epoch, uint8 indexed group, bytes reason);
    event GroupLapsed(uint32 indexed epoch, uint8 indexed group);
    event EpochSettled(uint32 indexed epoch, address settlePointer, uint256 fillFlags);
    event Halted(bytes32 reason);
    event Resumed();
    event SlotListed(uint8 indexed slot, Slot terms);
    event OrderCapTightened(uint8 indexed slot, uint32 orderCap);
    /// From `firstEpoch` on, positions of the finished series are settled at `exitIndex` µUSD per lot.
    event SeriesEnded(uint8 indexed slot, uint32 firstEpoch, int256 exitIndex);
    event VaultRegistered(address indexed vault, uint32 firstEpoch);
    event VaultInsolvent(address indexed vault, uint32 epoch);
    event RecoveryStarted(address indexed vault, uint64 challengeEnds);
    event RecoveryCancelled(address indexed vault);
    event RecoveryFinished(address indexed vault);
    /// `words` are the book words of protocol.md §3 behind the vault's commitment.
    event BookOpened(address indexed vault, uint256[] words);
    /// The vault's book was taken over at `navMicroUsd`. Its owner's bond gave `bondMicroUsd` for what selling may cost
    /// (`unwindingMicroUsd`) and for a negative NAV.
    event VaultResolved(
        address indexed vault,
        int256 navMicroUsd,
        uint256 unwindingMicroUsd,
        uint256 bondMicroUsd,
        uint256 owedMicroUsd
    );
    /// `settledMicroUsd` less of what is owed to a resolved vault, for `paidMicroUsd`: less than that under a haircut.
    event ResolvedPaid(address indexed vault, uint256 settledMicroUsd, uint256 paidMicroUsd);
    /// From now on claims are paid less `haircutPpb` / 10^9: all that is claimed is `claimsMicroUsd`, and the insurance
    /// account with all it holds has `equityMicroUsd`.
    event HaircutSet(uint256 haircutPpb, int256 equityMicroUsd, int256 claimsMicroUsd);
    event InsuranceFunded(address indexed from, uint256 amountMicroUsd);

    // ---- perps and options
    /// `answered` false: no funding was read, because the venue did not say mark and cash or holds another position. Without
    /// its mark the slot's has only followed the feed's bounds.
    event Checkpointed(uint8 indexed slot, uint256 markMicroUsd, int256 carryIndexMicroUsd, bool answered);
    /// The insurance account bears (> 0), or gets back (< 0), what the venue's account lost beyond all funding.
    event VenueLoss(uint8 indexed slot, int256 lossMicroUsd);
    event VenueRuleSet(uint8 indexed slot, VenueRule rule);
    /// Sent to the venue (> 0) or back (< 0), and the account's equity then.
    event MarginMoved(uint8 indexed slot, int256 amountMicroUsd, int256 equityMicroUsd);
    /// The account's equity is below the floor, and no more may be sent: only orders that reduce the position clear.
    event MarginLow(uint8 indexed slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd);
    event ExitProposed(uint8 indexed slot, uint256 payoffMicroUsd, uint256 feedPayoffMicroUsd, uint64 disputeEnds);
    event ExitVetoed(uint8 indexed slot);
    event ExitSet(uint8 indexed slot, uint256 payoffMicroUsd);

    // ---- views
    function profile() external view returns (Profile memory);
    function cash() external view returns (address);
    function phase() external view returns (Phase);
    function epoch() external view returns (uint32);
    function deadline() external view returns (uint64);
    function halted() external view returns (bool);
    function slot(uint8 i) external view returns (Slot memory);
    function carryIndex(uint8 i) external view returns (int256);
    /// How the market keeps its account at the venue of a perp or option slot.
    function venue(
        uint8 i
    ) external view returns (VenueRule memory rule, VenueAccount memory account, ExitProposal memory proposal);
    function bonds() external view returns (IBonds);
    /// Part of 10^9 that every claim is paid less: 0 unless more is claimed than there is.
    function haircutPpb() external view returns (uint256);
    /// What a resolved vault is still owed, µUSD.
    function owedMicroUsd(address vault) external view returns (uint256);
    function snapshotPointer() external view returns (address);
    function snapshotHash() external view returns (uint256);
    function observedAt() external view returns (uint64);
    /// (commitment, epoch of the last submission, status, end of the challenge window)
    function vaultState(
        address vault
    ) external view returns (uint256 commitment, uint32 lastEpoch, VaultStatus status, uint64 challengeEnds);
    /// The settle words the vault's next submission will use: 1 + 3N.
    function settleWords(address vault) external view returns (uint256[] memory);
    /// Full transcript words for a submission at this moment (same code as `submit`); for provers and auditors.
    function transcriptWords(Submission calldata s) external view returns (uint256[] memory);
    /// The signals h, d, x that a submission's proof must have at this moment.
    function publicSignals(Submission calldata s) external view returns (uint256[3] memory);

    // ---- steps, all permissionless
    function submit(Submission calldata s) external;
    function close() external;
    /// Adds up the order commitments of the latest submissions of the closed batch that are not tallied yet; once all
    /// are, groups can be cleared. `from`: index of the first of them; `before`: `setHash` before it; `contents`:
    /// keccak256 of new commitment, ephemeral key and sealed payload; `orders`: 2U words each.
    function tally(
        uint256 from,
        bytes32 before,
        address[] calldata vaults,
        bytes32[] calldata contents,
        uint256[] calldata orders
    ) external;
    function clear(uint8 group, int256[] calldata nets, uint256 rho) external returns (bool cleared);
    function lapse(uint8 group) external;
    /// After the snapshot deadline without a snapshot: halts and restarts the deadline.
    function haltStale() external;
    function startRecovery(address vault) external;
    function finishChallenge(address vault) external;
    /// Publishes the opening of a recovering or insolvent vault's commitment and resolves the vault; `words` are its BW
    /// book words. While an epoch takes submissions: its snapshot is fresh, the vault's last order is settled, and
    /// nobody trades.
    function openBook(address vault, uint256[] calldata words) external;
    /// Pays a resolved vault as much of what it is owed as the insurance account has in cash. While an epoch takes
    /// submissions.
    function payResolved(address vault) external;
    /// Gives `amountMicroUsd` of the caller's cash to the insurance account.
    function fundInsurance(uint256 amountMicroUsd) external;
    /// Perp or option slot: brings the market's account at the venue to its target if it is below `lowBps` or above
    /// `highBps`.
    function rebalanceMargin(uint8 i) external;
    /// After an option's expiry: settles it at the venue and proposes what the venue paid as its exit index.
    function proposeExit(uint8 i) external;
    /// Ends a series. Governance's, but anyone's once an expired option's payoff has stood its time, or when the venue
    /// holds another position than the market (it was liquidated there).
    function endSeries(uint8 i) external;
    /// Ends a halt: governance at any time, anybody once `haltCoolDown` has passed since the last trip.
    function resume() external;

    // ---- governance (AccessManager roles)
    function register(address vault) external;
    function list(uint8 i, Slot calldata terms) external;
    /// The rule of a perp or option slot, before it is listed or later: to be given to a role that waits.
    function setVenueRule(uint8 i, VenueRule calldata rule) external;
    /// At once: no more than this may lie at the venue of slot `i`.
    function lowerVenueCap(uint8 i, uint64 capMicroUsd) external;
    /// The guardian's: an expired option's payoff is not what its underlying says.
    function vetoExit(uint8 i) external;
    /// What a vetoed payoff should have been, up to the bound of the proposal. To be given to a role that waits.
    function setExit(uint8 i, uint56 payoffMicroUsd) external;
    /// Ends a series whose feed has died or whose venue is off it, or no snapshot could ever be accepted again: sells the
    /// position for at least `floorMicroUsd` a lot, or buys a short one back for at most that. A perp's or option's venue
    /// that fails then is passed over, and an option's lots are paid the floor. To be given to a role that waits, so that holders can object.
    function forceEndSeries(uint8 i, uint256 floorMicroUsd) external;
    function tightenOrderCap(uint8 i, uint32 orderCap) external;
    /// The guardian's: stops trading at once.
    function halt() external;

    // ---- called by the oracle
    /// Before it lays down the carry indices: brings marks and funding of perps, and the feeds of options, up to date.
    /// @return clearedBy no group of the epoch that is opened now can be cleared after this time
    function checkpoint() external returns (uint64 clearedBy);
    function openEpoch(address pointer, uint256 snapshotHash_, uint64 observedAt_, bool halt_) external;
}

interface ISnapshotOracle {
    event SnapshotAccepted(uint32 indexed epoch, uint256 snapshotHash, uint64 observedAt);
    event BreakerTripped(uint32 indexed epoch, uint8 slot, bytes32 check, int256 value, int256 bound);

    /// `words`: per slot RW row words, notional, slip, contingency, liquidity. EIP-712 struct:
    /// Snapshot(address market,uint32 epoch,uint64 observedAt,bytes32 wordsHash), wordsHash = keccak256(words).
    /// Signatures sorted by signer address.
    function publish(
        uint32 epoch,
        uint64 observedAt,
        uint256[] calldata words,
        bytes[] calldata signatures
    ) external returns (bool accepted);
}

interface IVault {
    /// Called by the market only. In a dealing epoch it prices all deposits requested up to `cutoff`, and the first
    /// `redeemShares` of the redemptions requested up to `cutoff`, at `navBeforeMicroUsd`; moves no tokens.
    /// Under a haircut no deposits are dealt, and the redeemed are paid that much less than the cash flow says.
    /// @return cashFlow deposits taken in minus redemptions, µUSD
    function deal(
        uint256 navBeforeMicroUsd,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb
    ) external returns (int256 cashFlow);
    /// The same computation without effects.
    function previewDeal(
        uint256 navBeforeMicroUsd,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb
    ) external view returns (int256 cashFlow);
    /// Strategy commitment and SSTORE2 pointer to the 12 mandate words, announced ones only if they were put into force by
    /// `cutoff`; whether `epoch` is a dealing epoch; and what the redemptions requested up to `cutoff` would be worth at the
    /// last NAV but for the first `redeemShares`, below 2^50 µUSD.
    function terms(
        uint32 epoch,
        uint256 redeemShares,
        uint64 cutoff
    )
        external
        view
        returns (uint256 strategyCommitment, address mandatePointer, bool dealing, uint256 cashWantedMicroUsd);
    /// The market reports that the vault is in recovery: undealt deposit requests can be taken back.
    function onRecovery() external;
    /// The market has resolved the vault, or sent it `paidMicroUsd` of what it is owed.
    function onResolved(uint256 paidMicroUsd) external;
    /// The account whose bond stands behind the vault.
    function owner() external view returns (address);
}

interface IBonds {
    /// µUSD posted for the vault and not taken.
    function bondMicroUsd(address vault) external view returns (uint256);
    function minimumMicroUsd() external view returns (uint256);
    function post(address vault, uint256 amountMicroUsd) external;
    /// Reverts unless enough is posted for the vault to be registered.
    function requireMinimum(address vault) external view;
    /// The market's: sends it as much of a vault's bond as there is, up to `mostMicroUsd`.
    function take(address vault, uint256 mostMicroUsd) external returns (uint256 takenMicroUsd);
}

/// A venue behind the market. The adapter is trusted with nothing: the market measures its own balances.
interface IVenueAdapter {
    /// Marginal price before trading, µUSD per lot.
    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256);
    /// Buys (lots > 0) or sells (lots < 0) exactly |lots| for the market, spending at most / receiving at least
    /// `limitMicroUsd`; reverts otherwise. Pulls what it needs from the market by allowance given for this call.
    function trade(uint8 slot, int256 lots, uint256 limitMicroUsd) external;
    /// Liquidity for the impact band, in lots per price band; venue specific.
    function liquidityLots(uint8 slot) external view returns (uint256);
}
