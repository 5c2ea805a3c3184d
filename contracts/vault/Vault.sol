// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {
    IERC7540Deposit,
    IERC7540Operator,
    IERC7540Redeem,
    IERC7575,
    IERC7575Share,
    IERC7887Deposit,
    IERC7887Redeem
} from "../interfaces/external/IERC7540.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {IVault} from "../interfaces/IVault.sol";
import {NAV_BOUND_MICRO_USD} from "../format/Format.sol";
import {Haircut} from "../format/Haircut.sol";
import {Mandate} from "../format/Mandate.sol";
import {Requests, RequestsErrors} from "./Requests.sol";
import {Terms, TermsEvents} from "./Terms.sol";

/// What a vault is created with. Times in seconds.
struct VaultTerms {
    string name;
    string symbol;
    /// Chooses the strategy. Fixed for good: a vault that changed hands would change hands without approval.
    address owner;
    uint256 strategyCommitment;
    Mandate.Limits mandate;
    /// Epochs e with e mod dealingInterval = dealingOffset deal.
    uint32 dealingInterval;
    uint32 dealingOffset;
    /// Wait between announcing a looser mandate or another strategy and its taking effect.
    uint64 changeDelay;
}

/// Shares in a strategy that nobody sees. Money comes in and goes out by requests (ERC-7540), which the market deals
/// at a NAV proven in zero knowledge, in the dealing epochs of the vault's schedule.
///
/// Assumptions:
/// - The asset is the market's cash token: six decimals, so that one unit is one µUSD, and it moves exactly the amount
///   asked. A token that takes a fee or re-bases on transfer is refused at the request.
/// - The market calls `deal` once in a dealing epoch, with a NAV it has seen proven, and then has the desk move the cash
///   flow: it takes a positive one by the allowance `deal` gives and pays a negative one in.
/// - The authority (an AccessManager) is governance behind its own delay. It sets the mandate and nothing else.
///
/// When the vault ends, because its owner has fallen silent or it has lost more than it had, the desk takes its book
/// over and owes it what that was worth (protocol.md §10). Payments come in as it is sold, and each goes to all shares
/// alike, whoever hands theirs in first (`collect`).
///
/// Prices come from proven NAV alone: sending tokens to the vault changes nothing. The vault itself holds the cash of
/// undealt deposits, the cash of paid redemptions, the shares of undealt redemptions and the shares of dealt deposits,
/// until they are claimed or taken back.
///
/// A request can be cancelled as long as no proof may be counting on it (ERC-7887). Nobody is dealt into terms that were
/// announced after they asked: a change voids such deposits, and what is void can be taken back.
///
/// A change of strategy and a looser mandate wait `changeDelay`, which is at least twice `exitSeconds`: one such time
/// to notice, one to leave. They also wait until everybody has been paid who asked to leave longer ago than a request may
/// take, and lapse after another `changeDelay`, so that nobody holds a change back until it suits them.
contract Vault is
    IVault,
    TermsEvents,
    RequestsErrors,
    IERC4626,
    IERC165,
    IERC7540Operator,
    IERC7540Deposit,
    IERC7540Redeem,
    IERC7887Deposit,
    IERC7887Redeem,
    IERC7575,
    IERC7575Share,
    ERC20,
    AccessManaged,
    ReentrancyGuardTransient
{
    using Terms for Terms.State;
    using Requests for Requests.Queue;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    event Dealt(
        uint256 navBeforeMicroUsd,
        uint256 deposits,
        uint256 sharesIssued,
        uint256 sharesRedeemed,
        uint256 paid
    );
    /// Undealt deposits that can be taken back: those asked for before the announcement of terms that are in force now, or
    /// all of them where the vault has stopped.
    event DepositsVoided(uint256 assets);
    event Stopped();
    event ResolvedPaymentReceived(uint256 microUsd);
    event Collected(address indexed account, address indexed receiver, uint256 sharesBurnt, uint256 assets);

    /// Only the market calls this.
    error NotMarket();
    /// Only the strategy owner calls this.
    error NotOwner();
    /// `caller` must be `account` itself or its operator (`setOperator`).
    error NotOperator(address caller, address account);
    /// Requests are dealt later, at a price nobody knows yet: there is nothing to preview.
    error NoPreview();
    error ZeroAmount();
    /// Use a cash token with six decimals.
    error NotMicroDollars(uint8 decimals);
    /// The token moved `received` where `asked` was due: use one without transfer fees and re-basing.
    error InexactTransfer(uint256 asked, uint256 received);
    /// At most `room` more can be requested until deposits are dealt.
    error CapacityReached(uint256 room);
    /// Redeem at most `requested` shares: what was asked up to the cut-off.
    error ExceedsRequestedShares(uint256 asked, uint256 requested);
    error VaultStopped();
    /// Every request of a kind has id 0.
    error NoSuchRequest(uint256 requestId);
    /// Nothing of the controller's waits undealt.
    error NothingToCancel(address controller);
    /// An epoch's cut-off has taken the request in: cancel what is left of it once the vault has submitted in that epoch, or
    /// after `until`.
    error TakenIn(uint64 until);
    /// An epoch may deal deposits that the change would void: try again once the vault has submitted in it, or after `until`.
    error DepositsTakenIn(uint64 until);
    /// Redeem at least `least`: what this dealing's deposits pay for.
    error RedeemsTooFewShares(uint256 shares, uint256 least);
    /// The vault has not ended: its book is not opened.
    error NotResolved();
    /// Choose an offset below the interval, and an interval of at least 1.
    error BadSchedule(uint32 interval, uint32 offset);
    /// Deal more often: whoever leaves waits at most `maximum` seconds.
    error ExitTooLong(uint64 exitSeconds, uint64 maximum);
    /// Use a delay of at least `minimum` seconds.
    error DelayTooShort(uint64 delay, uint64 minimum);
    /// Use a delay of at most `maximum` seconds.
    error DelayTooLong(uint64 delay, uint64 maximum);

    /// Share units of one µUSD at the start, and the shares nobody owns that make inflating the price a loss.
    uint256 private constant VIRTUAL_SHARES = 1e6;
    uint256 private constant VIRTUAL_ASSETS = 1;
    /// Half of what a proof can carry, so that NAV may double before deposits make submissions impossible.
    uint256 public constant CAPACITY_MICRO_USD = NAV_BOUND_MICRO_USD / 2;
    /// Beyond this supply a share is worth nothing; deposits wait rather than overflow the accounts.
    uint256 private constant MAX_SUPPLY = type(uint112).max;
    /// The longest way out, and the longest wait of a change, that a vault may promise.
    uint64 private constant MAX_EXIT_SECONDS = 90 days;
    uint64 private constant MAX_CHANGE_DELAY = 365 days;

    address public immutable market;
    /// Moves the vault's cash for the market.
    address public immutable desk;
    /// The strategy owner.
    address public immutable override owner;
    uint32 public immutable dealingInterval;
    uint32 public immutable dealingOffset;
    uint64 public immutable changeDelay;
    /// Longest wait of a redemption request for its dealing while epochs keep their pace, seconds.
    uint64 public immutable exitSeconds;
    /// The market's: requests made later than so many seconds before an epoch's snapshot wait for another one; and how much
    /// longer than its reporters' pace it waits for a snapshot.
    uint32 private immutable dealMargin;
    uint32 private immutable snapshotWindow;
    IERC20 private immutable _asset;

    /// µUSD, proven at the last dealing, after its cash flow.
    uint128 public lastNavMicroUsd;
    /// The vault submits no more: its owner has fallen silent, or it has lost more than it had.
    bool public stopped;
    Terms.State private _terms;

    /// Shares there were when the market resolved the vault; all payments go to these alike.
    uint256 public resolvedSupply;
    /// Received of what the market owes the vault since, µUSD.
    uint256 public resolvedMicroUsd;
    /// Shares that an account has handed in for its part of these payments, and what it has had of them, µUSD.
    mapping(address account => uint256) public handedInShares;
    mapping(address account => uint256) public collectedMicroUsd;

    Requests.Queue private _deposits;
    Requests.Queue private _redemptions;
    mapping(address controller => mapping(address operator => bool)) public isOperator;

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket();
        _;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    /// @param epochSeconds longest regular length of an epoch
    constructor(
        address market_,
        address desk_,
        address asset_,
        address authority_,
        uint32 epochSeconds,
        VaultTerms memory terms_
    ) ERC20(terms_.name, terms_.symbol) AccessManaged(authority_) {
        if (terms_.dealingOffset >= terms_.dealingInterval) {
            revert BadSchedule(terms_.dealingInterval, terms_.dealingOffset);
        }
        uint8 assetDecimals = IERC20Metadata(asset_).decimals();
        if (assetDecimals != 6) revert NotMicroDollars(assetDecimals);
        // A request just after the cut-off of a dealing epoch waits for the next one.
        exitSeconds = (uint64(terms_.dealingInterval) + 1) * epochSeconds;
        if (exitSeconds > MAX_EXIT_SECONDS) revert ExitTooLong(exitSeconds, MAX_EXIT_SECONDS);
        if (terms_.changeDelay < 2 * exitSeconds) revert DelayTooShort(terms_.changeDelay, 2 * exitSeconds);
        if (terms_.changeDelay > MAX_CHANGE_DELAY) revert DelayTooLong(terms_.changeDelay, MAX_CHANGE_DELAY);

        (market, desk) = (market_, desk_);
        (dealMargin, snapshotWindow) = (IMarket(market_).dealMargin(), IMarket(market_).snapshotWindow());
        _asset = IERC20(asset_);
        owner = terms_.owner;
        dealingInterval = terms_.dealingInterval;
        dealingOffset = terms_.dealingOffset;
        changeDelay = terms_.changeDelay;
        _terms.start(terms_.mandate, terms_.strategyCommitment);
    }

    // ---------------------------------------------------------------- market

    /// @inheritdoc IVault
    function deal(
        uint256 navBeforeMicroUsd,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb_
    ) external onlyMarket nonReentrant returns (int256 cashFlow) {
        (uint256 deposits, uint256 issued, uint256 paid) = _price(navBeforeMicroUsd, redeemShares, cutoff, haircutPpb_);
        _deposits.deal(deposits, issued);
        _redemptions.deal(redeemShares, Haircut.net(paid, haircutPpb_));
        _mint(address(this), issued);
        _burn(address(this), redeemShares);
        lastNavMicroUsd = uint128(navBeforeMicroUsd + deposits - paid);
        if (deposits > paid) _asset.forceApprove(desk, deposits - paid);
        emit Dealt(navBeforeMicroUsd, deposits, issued, redeemShares, paid);
        return deposits.toInt256() - paid.toInt256();
    }

    /// @inheritdoc IVault
    function previewDeal(
        uint256 navBeforeMicroUsd,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb_
    ) external view returns (int256 cashFlow) {
        (uint256 deposits, , uint256 paid) = _price(navBeforeMicroUsd, redeemShares, cutoff, haircutPpb_);
        return deposits.toInt256() - paid.toInt256();
    }

    /// @inheritdoc IVault
    function terms(
        uint32 epoch,
        uint256 redeemShares,
        uint64 cutoff
    )
        external
        view
        returns (uint256 strategyCommitment_, address mandatePointer, bool dealing, uint256 cashWantedMicroUsd)
    {
        strategyCommitment_ = cutoff < _terms.strategySince ? _terms.strategyBefore : _terms.strategy;
        mandatePointer = cutoff < _terms.mandateSince ? _terms.mandateBefore : _terms.mandatePointer;
        dealing = epoch % dealingInterval == dealingOffset;
        uint256 waiting = Math.saturatingSub(redeemableShares(cutoff), redeemShares);
        // The last NAV may have grown past what a proof can carry by the deposits that were dealt at it.
        if (waiting != 0) cashWantedMicroUsd = Math.min(_toAssets(waiting, lastNavMicroUsd), NAV_BOUND_MICRO_USD - 1);
    }

    /// @inheritdoc IVault
    function dealings(uint32 afterEpoch, uint32 upToEpoch) external view returns (uint256) {
        if (upToEpoch <= afterEpoch) return 0;
        // Those from epoch 0 on, less those up to the first of the two.
        uint256 shift = dealingInterval - dealingOffset;
        return (upToEpoch + shift) / dealingInterval - (afterEpoch + shift) / dealingInterval;
    }

    /// @inheritdoc IVault
    function onStopped() external onlyMarket {
        stopped = true;
        emit Stopped();
        _voidDeposits(uint64(block.timestamp));
    }

    /// @inheritdoc IVault
    function onResolved(uint256 paidMicroUsd) external onlyMarket {
        if (paidMicroUsd == 0) resolvedSupply = totalSupply();
        resolvedMicroUsd += paidMicroUsd;
        emit ResolvedPaymentReceived(paidMicroUsd);
    }

    /// The fewest shares that a dealing at a NAV must redeem: those that its deposits pay for.
    function leastRedeemedShares(
        uint256 navBeforeMicroUsd,
        uint64 cutoff,
        uint256 haircutPpb_
    ) external view returns (uint256) {
        (uint256 deposits, ) = _deposited(navBeforeMicroUsd, cutoff, haircutPpb_);
        return _leastRedeemed(deposits, redeemableShares(cutoff), navBeforeMicroUsd);
    }

    /// Both sides of a dealing at one price, each rounded against those who deal. Whoever paid in under a haircut would
    /// pay for what others have lost, so deposits wait.
    function _price(
        uint256 nav,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb_
    ) private view returns (uint256 deposits, uint256 issued, uint256 paid) {
        if (stopped) revert VaultStopped();
        uint256 requestedShares = redeemableShares(cutoff);
        if (redeemShares > requestedShares) revert ExceedsRequestedShares(redeemShares, requestedShares);
        paid = _toAssets(redeemShares, nav);
        (deposits, issued) = _deposited(nav, cutoff, haircutPpb_);
        uint256 least = _leastRedeemed(deposits, requestedShares, nav);
        if (redeemShares < least) revert RedeemsTooFewShares(redeemShares, least);
    }

    /// The deposits that are dealt, and the shares issued for them.
    function _deposited(
        uint256 nav,
        uint64 cutoff,
        uint256 haircutPpb_
    ) private view returns (uint256 deposits, uint256 issued) {
        if (haircutPpb_ != 0) return (0, 0);
        deposits = _deposits.pendingUpTo(cutoff);
        issued = _toShares(deposits, nav);
        if (totalSupply() + issued > MAX_SUPPLY) return (0, 0);
    }

    /// Deposits pay those who leave before they enter the book. Were it the owner's choice, it would choose the capital
    /// that the strategy decides on.
    function _leastRedeemed(uint256 deposits, uint256 requestedShares, uint256 nav) private view returns (uint256) {
        uint256 covered = Math.mulDiv(
            deposits,
            totalSupply() + VIRTUAL_SHARES,
            nav + VIRTUAL_ASSETS,
            Math.Rounding.Ceil
        );
        return Math.min(covered, requestedShares);
    }

    function _toShares(uint256 assets, uint256 nav) private view returns (uint256) {
        return Math.mulDiv(assets, totalSupply() + VIRTUAL_SHARES, nav + VIRTUAL_ASSETS);
    }

    function _toAssets(uint256 shares, uint256 nav) private view returns (uint256) {
        return Math.mulDiv(shares, nav + VIRTUAL_ASSETS, totalSupply() + VIRTUAL_SHARES);
    }

    // -------------------------------------------------------------- requests

    /// @inheritdoc IERC7540Deposit
    /// @param assets µUSD, > 0, dealt in full at the first dealing whose cut-off lies behind the request
    function requestDeposit(
        uint256 assets,
        address controller,
        address owner_
    ) external nonReentrant returns (uint256 requestId) {
        if (assets == 0) revert ZeroAmount();
        if (stopped) revert VaultStopped();
        _requireOperator(owner_);
        uint256 room = Math.saturatingSub(CAPACITY_MICRO_USD, lastNavMicroUsd + _deposits.pending());
        if (assets > room) revert CapacityReached(room);

        _deposits.push(controller, assets, !_isOperator(controller));
        uint256 before = _asset.balanceOf(address(this));
        _asset.safeTransferFrom(owner_, address(this), assets);
        uint256 received = _asset.balanceOf(address(this)) - before;
        if (received != assets) revert InexactTransfer(assets, received);
        emit DepositRequest(controller, owner_, 0, msg.sender, assets);
        return 0;
    }

    /// @inheritdoc IERC7540Redeem
    /// @param shares > 0, redeemed first come, first served
    function requestRedeem(
        uint256 shares,
        address controller,
        address owner_
    ) external nonReentrant returns (uint256 requestId) {
        if (shares == 0) revert ZeroAmount();
        if (!_isOperator(owner_)) _spendAllowance(owner_, msg.sender, shares);
        _redemptions.push(controller, shares, !_isOperator(controller));
        _transfer(owner_, address(this), shares);
        emit RedeemRequest(controller, owner_, 0, msg.sender, shares);
        return 0;
    }

    /// @inheritdoc IERC7540Deposit
    function pendingDepositRequest(uint256 requestId, address controller) external view returns (uint256 assets) {
        if (requestId == 0) assets = _deposits.pendingOf(controller);
    }

    /// @inheritdoc IERC7540Redeem
    function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares) {
        if (requestId == 0) shares = _redemptions.pendingOf(controller);
    }

    /// Redemption requests made up to `cutoff` that are not dealt yet: the most a dealing with that cut-off may redeem.
    function redeemableShares(uint64 cutoff) public view returns (uint256) {
        return _redemptions.pendingUpTo(cutoff);
    }

    // --------------------------------------------------------- cancellations

    /// @inheritdoc IERC7887Deposit
    function cancelDepositRequest(uint256 requestId, address controller) external nonReentrant {
        _cancel(_deposits, requestId, controller, true);
        emit CancelDepositRequest(controller, requestId, msg.sender);
    }

    /// @inheritdoc IERC7887Redeem
    function cancelRedeemRequest(uint256 requestId, address controller) external nonReentrant {
        _cancel(_redemptions, requestId, controller, false);
        emit CancelRedeemRequest(controller, requestId, msg.sender);
    }

    /// @inheritdoc IERC7887Deposit
    function claimCancelDepositRequest(
        uint256 requestId,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 assets) {
        assets = _takeBack(_deposits, requestId, controller);
        _asset.safeTransfer(receiver, assets);
        emit CancelDepositClaim(controller, receiver, requestId, msg.sender, assets);
    }

    /// @inheritdoc IERC7887Redeem
    function claimCancelRedeemRequest(
        uint256 requestId,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 shares) {
        shares = _takeBack(_redemptions, requestId, controller);
        _transfer(address(this), receiver, shares);
        emit CancelRedeemClaim(controller, receiver, requestId, msg.sender, shares);
    }

    /// @inheritdoc IERC7887Deposit
    function pendingCancelDepositRequest(uint256, address) external pure returns (bool isPending) {
        return false;
    }

    /// @inheritdoc IERC7887Redeem
    function pendingCancelRedeemRequest(uint256, address) external pure returns (bool isPending) {
        return false;
    }

    /// @inheritdoc IERC7887Deposit
    function claimableCancelDepositRequest(
        uint256 requestId,
        address controller
    ) external view returns (uint256 assets) {
        if (requestId == 0) (, , assets) = _deposits.claimableOf(controller);
    }

    /// @inheritdoc IERC7887Redeem
    function claimableCancelRedeemRequest(
        uint256 requestId,
        address controller
    ) external view returns (uint256 shares) {
        if (requestId == 0) (, , shares) = _redemptions.claimableOf(controller);
    }

    function _cancel(Requests.Queue storage queue, uint256 requestId, address controller, bool isDeposit) private {
        _requireOperator(controller);
        if (requestId != 0) revert NoSuchRequest(requestId);
        if (queue.pendingOf(controller) == 0) revert NothingToCancel(controller);
        if (queue.cancel(controller, _takenInUpTo(isDeposit)) == 0) revert TakenIn(IMarket(market).deadline());
    }

    function _takeBack(
        Requests.Queue storage queue,
        uint256 requestId,
        address controller
    ) private returns (uint256 amount) {
        _requireOperator(controller);
        if (requestId != 0) revert NoSuchRequest(requestId);
        return queue.takeBack(controller);
    }

    /// See `Requests.takenInUpTo`.
    function _takenInUpTo(bool isDeposit) private view returns (uint64 cutoff) {
        if (stopped) return 0;
        return
            Requests.takenInUpTo(
                Requests.Schedule({
                    market: market,
                    dealMargin: dealMargin,
                    snapshotWindow: snapshotWindow,
                    dealingInterval: dealingInterval,
                    dealingOffset: dealingOffset
                }),
                isDeposit
            );
    }

    /// Voids the undealt deposits asked for up to a time. Reverts while the open epoch may deal one of them.
    function _voidDeposits(uint64 upTo) private {
        uint64 takenInUpTo = _takenInUpTo(true);
        if (_deposits.pendingUpTo(upTo < takenInUpTo ? upTo : takenInUpTo) != 0)
            revert DepositsTakenIn(IMarket(market).deadline());
        uint256 assets = _deposits.void(upTo);
        if (assets != 0) emit DepositsVoided(assets);
    }

    // ------------------------------------------------------------------- end

    /// After the vault has ended: hands in all shares of `account`, those of undealt redemptions and of unclaimed deposits
    /// included, and pays its part of all that the vault has received for them and it has not had. To be called again
    /// when more has come in.
    /// @return assets µUSD
    function collect(address receiver, address account) external nonReentrant returns (uint256 assets) {
        if (resolvedSupply == 0) revert NotResolved();
        _requireOperator(account);
        (uint256 claimable, , ) = _deposits.claimableOf(account);
        _redemptions.cancel(account, 0);
        uint256 kept = _redemptions.takeBack(account) + _deposits.claimIn(account, claimable);
        uint256 held = balanceOf(account);
        _burn(address(this), kept);
        _burn(account, held);
        handedInShares[account] += kept + held;
        assets = collectable(account);
        collectedMicroUsd[account] += assets;
        emit Collected(account, receiver, kept + held, assets);
        _asset.safeTransfer(receiver, assets);
    }

    /// What an account can still collect for the shares it has handed in, µUSD.
    function collectable(address account) public view returns (uint256 assets) {
        if (resolvedSupply == 0) return 0;
        return Math.mulDiv(resolvedMicroUsd, handedInShares[account], resolvedSupply) - collectedMicroUsd[account];
    }

    // ---------------------------------------------------------------- claims

    /// @inheritdoc IERC7540Deposit
    function deposit(
        uint256 assets,
        address receiver,
        address controller
    ) public nonReentrant returns (uint256 shares) {
        _requireOperator(controller);
        shares = _deposits.claimIn(controller, assets);
        _giveShares(assets, shares, receiver, controller);
    }

    /// @inheritdoc IERC7540Deposit
    function mint(uint256 shares, address receiver, address controller) public nonReentrant returns (uint256 assets) {
        _requireOperator(controller);
        assets = _deposits.claimOut(controller, shares);
        _giveShares(assets, shares, receiver, controller);
    }

    /// @inheritdoc IERC4626
    function redeem(
        uint256 shares,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 assets) {
        _requireOperator(controller);
        assets = _redemptions.claimIn(controller, shares);
        _giveAssets(assets, shares, receiver, controller);
    }

    /// @inheritdoc IERC4626
    function withdraw(
        uint256 assets,
        address receiver,
        address controller
    ) external nonReentrant returns (uint256 shares) {
        _requireOperator(controller);
        shares = _redemptions.claimOut(controller, assets);
        _giveAssets(assets, shares, receiver, controller);
    }

    /// @inheritdoc IERC4626
    function deposit(uint256 assets, address receiver) external returns (uint256 shares) {
        return deposit(assets, receiver, msg.sender);
    }

    /// @inheritdoc IERC4626
    function mint(uint256 shares, address receiver) external returns (uint256 assets) {
        return mint(shares, receiver, msg.sender);
    }

    /// @inheritdoc IERC7540Deposit
    function claimableDepositRequest(uint256 requestId, address controller) external view returns (uint256 assets) {
        if (requestId == 0) assets = maxDeposit(controller);
    }

    /// @inheritdoc IERC7540Redeem
    function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256 shares) {
        if (requestId == 0) shares = maxRedeem(controller);
    }

    function maxDeposit(address controller) public view returns (uint256 assets) {
        (assets, , ) = _deposits.claimableOf(controller);
    }

    function maxMint(address controller) external view returns (uint256 shares) {
        (, shares, ) = _deposits.claimableOf(controller);
    }

    function maxRedeem(address controller) public view returns (uint256 shares) {
        (shares, , ) = _redemptions.claimableOf(controller);
    }

    function maxWithdraw(address controller) external view returns (uint256 assets) {
        (, assets, ) = _redemptions.claimableOf(controller);
    }

    function previewDeposit(uint256) external pure returns (uint256) {
        revert NoPreview();
    }

    function previewMint(uint256) external pure returns (uint256) {
        revert NoPreview();
    }

    function previewRedeem(uint256) external pure returns (uint256) {
        revert NoPreview();
    }

    function previewWithdraw(uint256) external pure returns (uint256) {
        revert NoPreview();
    }

    function _giveShares(uint256 assets, uint256 shares, address receiver, address controller) private {
        _transfer(address(this), receiver, shares);
        emit Deposit(controller, receiver, assets, shares);
    }

    function _giveAssets(uint256 assets, uint256 shares, address receiver, address controller) private {
        _asset.safeTransfer(receiver, assets);
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
    }

    // ------------------------------------------------------------- operators

    /// @inheritdoc IERC7540Operator
    function setOperator(address operator, bool approved) external returns (bool) {
        isOperator[msg.sender][operator] = approved;
        emit OperatorSet(msg.sender, operator, approved);
        return true;
    }

    function _isOperator(address account) private view returns (bool) {
        return msg.sender == account || isOperator[account][msg.sender];
    }

    function _requireOperator(address account) private view {
        if (!_isOperator(account)) revert NotOperator(msg.sender, account);
    }

    // --------------------------------------------------- mandate and strategy

    /// The commitment of the strategy in force.
    function strategyCommitment() external view returns (uint256) {
        return _terms.strategy;
    }

    /// The limits in force.
    function mandate() external view returns (Mandate.Limits memory) {
        return _terms.mandate();
    }

    /// The announced limits and when they may take effect; zeros if none are announced.
    function pendingMandate() external view returns (Mandate.Limits memory limits, uint64 effectiveAt) {
        return _terms.pendingMandate();
    }

    /// The announced strategy and when it may take effect; zeros if none is announced.
    function pendingStrategy() external view returns (uint256 commitment, uint64 effectiveAt) {
        return (_terms.pendingStrategy, _terms.pendingStrategyAt);
    }

    function looseningAbdicated() external view returns (bool) {
        return _terms.looseningAbdicated;
    }

    /// Limits that are nowhere looser take effect at once, others are announced. Either way an earlier announcement is
    /// void, so that setting the limits in force again cancels one.
    function setMandate(Mandate.Limits calldata limits) external restricted {
        _terms.setMandate(limits, changeDelay);
    }

    /// Anyone may put announced limits into force once they are due, for epochs observed after.
    function applyMandate() external {
        uint64 effectiveAt = _terms.pendingMandateAt;
        _terms.applyMandate(_pace());
        _voidDeposits(effectiveAt - changeDelay);
    }

    /// Gives up loosening the mandate, for ever; drops announced limits.
    function abdicate() external restricted {
        _terms.abdicate();
    }

    /// Announces another strategy; announcing the one in force cancels an earlier announcement.
    function setStrategy(uint256 commitment) external onlyOwner {
        _terms.setStrategy(commitment, changeDelay);
    }

    /// Anyone may put the announced strategy into force once it is due, for epochs observed after.
    function applyStrategy() external {
        uint64 effectiveAt = _terms.pendingStrategyAt;
        _terms.applyStrategy(_pace());
        _voidDeposits(effectiveAt - changeDelay);
    }

    function _pace() private view returns (Terms.Pace memory) {
        uint256 leaving = _redemptions.pendingUpTo(uint64(block.timestamp) - exitSeconds);
        return Terms.Pace({changeDelay: changeDelay, leavingShares: leaving});
    }

    // ----------------------------------------------------------------- views

    /// Part of 10^9 that redemptions are paid less at present, because the desk owes more than it has. Unless it is 0,
    /// deposits wait.
    function haircutPpb() external view returns (uint256) {
        return IDesk(desk).haircutPpb();
    }

    function asset() external view returns (address) {
        return address(_asset);
    }

    /// @inheritdoc IERC7575
    function share() external view returns (address) {
        return address(this);
    }

    /// @inheritdoc IERC7575Share
    function vault(address asset_) external view returns (address) {
        return asset_ == address(_asset) ? address(this) : address(0);
    }

    /// NAV of the last dealing, µUSD; what happened since is not public.
    function totalAssets() external view returns (uint256) {
        return lastNavMicroUsd;
    }

    /// At the price of the last dealing.
    function convertToShares(uint256 assets) external view returns (uint256) {
        return _toShares(assets, lastNavMicroUsd);
    }

    /// At the price of the last dealing.
    function convertToAssets(uint256 shares) external view returns (uint256) {
        return _toAssets(shares, lastNavMicroUsd);
    }

    /// One share is one dollar at the start.
    function decimals() public pure override(ERC20, IERC20Metadata) returns (uint8) {
        return 12;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        // ERC-7575's id is that of `share` together with all methods of ERC-4626 beyond ERC-20's.
        bytes4 erc7575 = 0x2f0a18c5;
        return
            id == type(IERC165).interfaceId ||
            id == type(IERC7540Operator).interfaceId ||
            id == type(IERC7540Deposit).interfaceId ||
            id == type(IERC7540Redeem).interfaceId ||
            id == type(IERC7887Deposit).interfaceId ||
            id == type(IERC7887Redeem).interfaceId ||
            id == type(IERC7575Share).interfaceId ||
            id == erc7575;
    }
}
