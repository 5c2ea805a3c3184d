// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {IDerivativeVenue} from "../interfaces/IVenue.sol";
import {
    BlackScholesInputs,
    ILyraGreekCache,
    ILyraOptionMarket,
    ILyraOptionToken,
    ILyraShortCollateral,
    ILyraSynthetixAdapter,
    OptionKind,
    PositionState
} from "../interfaces/external/ILyra.sol";
import {IPegModule} from "../interfaces/external/IPegModule.sol";
import {IVenueAdapter} from "../interfaces/IVenue.sol";
import {AccountHolder} from "./AccountHolder.sol";
import {DerivativeAdapter} from "./DerivativeAdapter.sol";

/// The contracts of one option market, and where cash is changed for what its options cost.
struct LyraParts {
    ILyraOptionMarket optionMarket;
    ILyraOptionToken optionToken;
    ILyraGreekCache greekCache;
    ILyraShortCollateral shortCollateral;
    ILyraSynthetixAdapter synthetixAdapter;
    /// Lyra's pricing library.
    address blackScholes;
    IERC20 quote;
    IPegModule pegModule;
}

/// Option slots on a market of Lyra v1 ("Avalon").
///
/// Trusts Lyra with premiums, collateral and settlement, its owner not to change parameters to the accounts' harm, its
/// spot price, and the peg module to give a dollar for a dollar: what lies in an account is quote, counted as cash.
///
/// Assumptions:
/// - Quote has 18 decimals. The holder of a slot has its quote and at most one position.
/// - All quote of a slot with a short position is made that position's collateral: Lyra liquidates by a position's own
///   collateral alone.
/// - Lyra never takes more for a short than its collateral: a gap beyond that is Lyra's loss.
contract LyraAdapter is DerivativeAdapter {
    using SafeERC20 for IERC20;

    struct Listing {
        uint256 strikeId;
        uint256 boardId;
        /// USD, 18 decimals.
        uint256 strike;
        /// 1e18-scaled contracts in one lot.
        uint128 lotSize;
        /// Seconds since 1970.
        uint64 expiry;
        bool isCall;
        /// Lyra's id of the position; it may have been closed, liquidated or settled. 0 for none.
        uint256 positionId;
    }

    event Listed(uint8 indexed slot, uint256 indexed strikeId, address indexed holder, bool isCall, uint128 lotSize);

    /// Name a strike of the option market that has not expired.
    error NotAStrike(uint256 strikeId);

    uint256 private constant ONE = 1e18;
    uint256 private constant QUOTE_PER_MICRO_USD = 1e12;
    /// Opening a short, and taking collateral back, leaves this part of Lyra's minimum: a move of the market between
    /// two rebalances must not liquidate it.
    uint256 private constant BUFFER_PERCENT = 125;
    /// A library's selectors name its structs.
    bytes4 private constant OPTION_PRICES = bytes4(keccak256("optionPrices(BlackScholes.BlackScholesInputs)"));

    ILyraOptionMarket public immutable optionMarket;
    ILyraOptionToken private immutable _optionToken;
    ILyraGreekCache private immutable _greekCache;
    ILyraShortCollateral private immutable _shortCollateral;
    ILyraSynthetixAdapter private immutable _synthetixAdapter;
    address private immutable _blackScholes;
    IERC20 public immutable quote;
    IPegModule public immutable pegModule;
    /// How long vols are averaged for the mark.
    uint256 public immutable averageSeconds;
    mapping(uint8 slot => Listing) public listings;

    constructor(
        address authority_,
        address desk_,
        IERC20 cash_,
        LyraParts memory parts,
        uint256 averageSeconds_
    ) DerivativeAdapter(authority_, desk_, cash_) {
        optionMarket = parts.optionMarket;
        _optionToken = parts.optionToken;
        _greekCache = parts.greekCache;
        _shortCollateral = parts.shortCollateral;
        _synthetixAdapter = parts.synthetixAdapter;
        _blackScholes = parts.blackScholes;
        quote = parts.quote;
        pegModule = parts.pegModule;
        averageSeconds = averageSeconds_;
    }

    /// Trades `slot` as calls or puts of a strike from now on, `lotSize` > 0 1e18-scaled contracts a lot.
    function list(uint8 slot, uint256 strikeId, bool isCall, uint128 lotSize) external restricted {
        if (lotSize == 0) revert ZeroLots();
        (ILyraOptionMarket.Strike memory strike, ILyraOptionMarket.OptionBoard memory board) = optionMarket
            .getStrikeAndBoard(strikeId);
        if (strikeId == 0 || strike.id != strikeId || board.expiry <= block.timestamp) revert NotAStrike(strikeId);
        bool first = address(holders[slot]) == address(0);
        AccountHolder holder = _holderFor(slot);
        if (first)
            holder.execute(address(quote), abi.encodeCall(IERC20.approve, (address(optionMarket), type(uint256).max)));
        listings[slot] = Listing(strikeId, board.id, strike.strikePrice, lotSize, uint64(board.expiry), isCall, 0);
        emit Listed(slot, strikeId, address(holder), isCall, lotSize);
    }

    // ---- views. Those that need a price revert while Lyra is paused or its spot price is invalid.

    /// @inheritdoc IDerivativeVenue
    function positionLots(uint8 slot) public view override returns (int256) {
        Listing memory listing = _listing(slot);
        (int256 amount, ) = _position(listing);
        return amount / int256(uint256(listing.lotSize));
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev Rounded down. Never negative: Lyra takes no more than a position's collateral.
    function cashMicroUsd(uint8 slot) external view returns (int256) {
        return int256(_money(slot, _listing(slot)) / QUOTE_PER_MICRO_USD);
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev Black-Scholes at Lyra's spot price and its vols, averaged geometrically over `averageSeconds`; what the
    /// option pays once it has expired.
    function markMicroUsd(uint8 slot) external view returns (uint256) {
        Listing memory listing = _listing(slot);
        return _lotMicroUsd(_mark(listing), listing.lotSize);
    }

    /// @inheritdoc IVenueAdapter
    /// @dev As the mark, at the vol from which the next trade starts. Lyra's fees come on top.
    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256) {
        Listing memory listing = _listing(slot);
        (ILyraOptionMarket.Strike memory strike, ILyraOptionMarket.OptionBoard memory board) = optionMarket
            .getStrikeAndBoard(listing.strikeId);
        return _lotMicroUsd(_price(listing, (board.iv * strike.skew) / ONE), listing.lotSize);
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev A long option wants nothing but its premium. A short one wants Lyra's minimum collateral, which counts
    /// before what buying the option back costs; `initial` is above it by a quarter.
    function requirementMicroUsd(uint8 slot, int256 lots) external view returns (uint256 initial, uint256 maintenance) {
        Listing memory listing = _listing(slot);
        if (lots >= 0 || block.timestamp >= listing.expiry) return (0, 0);
        uint256 amount = uint256(-lots) * listing.lotSize;
        uint256 least = _minCollateral(listing, amount);
        uint256 worth = Math.mulDiv(_mark(listing), amount, ONE);
        initial = Math.ceilDiv(Math.saturatingSub(_buffered(least), worth), QUOTE_PER_MICRO_USD);
        maintenance = Math.ceilDiv(Math.saturatingSub(least, worth), QUOTE_PER_MICRO_USD);
    }

    // ---- the desk's orders

    /// @inheritdoc IVenueAdapter
    function trade(uint8 slot, int256 lots, uint256 limitMicroUsd) external onlyDesk {
        if (lots == 0) revert ZeroLots();
        Listing memory listing = _listing(slot);
        uint256 cashBefore = _money(slot, listing) / QUOTE_PER_MICRO_USD;
        (int256 held, ) = _position(listing);
        uint256 amount = SignedMath.abs(lots) * listing.lotSize;
        // Lyra keeps long and short apart: what is held of the other side is closed first.
        uint256 closing = (held > 0) == (lots > 0) ? 0 : Math.min(amount, SignedMath.abs(held));
        if (closing > 0) _close(slot, listing, held, closing);
        if (amount > closing) _open(slot, listing, lots > 0, amount - closing);
        _backShort(slot);

        uint256 cashAfter = _money(slot, listings[slot]) / QUOTE_PER_MICRO_USD;
        uint256 moved =
            lots > 0 ? Math.saturatingSub(cashBefore, cashAfter) : Math.saturatingSub(cashAfter, cashBefore);
        _finish(slot, lots, moved, limitMicroUsd);
    }

    /// @inheritdoc IDerivativeVenue
    function deposit(uint8 slot, uint256 amountMicroUsd) external onlyDesk {
        _listing(slot);
        cash.safeTransferFrom(desk, address(this), amountMicroUsd);
        cash.forceApprove(address(pegModule), amountMicroUsd);
        pegModule.toQuote(amountMicroUsd, address(holders[slot]));
        _backShort(slot);
        emit Deposited(slot, amountMicroUsd);
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev As much as is free, at most `mostMicroUsd`: of a short's collateral what is above the initial requirement.
    function withdraw(uint8 slot, uint256 mostMicroUsd) external onlyDesk {
        Listing memory listing = _listing(slot);
        AccountHolder holder = holders[slot];
        uint256 loose = quote.balanceOf(address(holder));
        (int256 held, uint256 collateral) = _position(listing);
        uint256 spare =
            held < 0 && block.timestamp < listing.expiry
                ? Math.saturatingSub(collateral, _buffered(_minCollateral(listing, uint256(-held))))
                : 0;
        uint256 amount = Math.min(mostMicroUsd, (loose + spare) / QUOTE_PER_MICRO_USD);
        if (amount == 0) return;
        uint256 units = amount * QUOTE_PER_MICRO_USD;
        if (units > loose) {
            ILyraOptionMarket.TradeInputParameters memory change = _order(
                listing,
                _shortKind(listing),
                0,
                collateral - (units - loose)
            );
            holder.execute(address(optionMarket), abi.encodeCall(ILyraOptionMarket.openPosition, (change)));
        }
        holder.execute(address(quote), abi.encodeCall(IERC20.approve, (address(pegModule), units)));
        holder.execute(address(pegModule), abi.encodeCall(IPegModule.toCash, (amount, desk)));
        emit Withdrawn(slot, amount);
    }

    /// @inheritdoc IDerivativeVenue
    function settleExpired(uint8 slot) external returns (uint256 payoffMicroUsd) {
        Listing memory listing = _listing(slot);
        (, uint256 price, ) = optionMarket.getSettlementParameters(listing.strikeId);
        if (price == 0) {
            if (block.timestamp < listing.expiry) revert NotExpired(slot);
            optionMarket.settleExpiredBoard(listing.boardId);
            (, price, ) = optionMarket.getSettlementParameters(listing.strikeId);
        }
        payoffMicroUsd = _lotMicroUsd(_payoff(listing, price), listing.lotSize);
        (int256 held, ) = _position(listing);
        if (held == 0) return payoffMicroUsd;
        uint256[] memory ids = new uint256[](1);
        ids[0] = listing.positionId;
        _shortCollateral.settleOptions(ids);
        emit Settled(slot, payoffMicroUsd);
    }

    // ---- positions

    /// The running position, negative if short, and its collateral.
    function _position(Listing memory listing) private view returns (int256 amount, uint256 collateral) {
        if (listing.positionId == 0) return (0, 0);
        (, , OptionKind kind, uint256 size, uint256 backing, PositionState state) = _optionToken.positions(
            listing.positionId
        );
        if (state != PositionState.Active) return (0, 0);
        bool long = kind == OptionKind.LongCall || kind == OptionKind.LongPut;
        return (long ? int256(size) : -int256(size), backing);
    }

    /// All quote of the slot, as collateral or loose.
    function _money(uint8 slot, Listing memory listing) private view returns (uint256) {
        (, uint256 collateral) = _position(listing);
        return quote.balanceOf(address(holders[slot])) + collateral;
    }

    function _open(uint8 slot, Listing memory listing, bool long, uint256 amount) private {
        (int256 held, ) = _position(listing);
        if (held == 0) listing.positionId = 0;
        OptionKind kind = long ? _longKind(listing) : _shortKind(listing);
        uint256 collateral = long ? 0 : _minCollateral(listing, SignedMath.abs(held) + amount);
        bytes memory result = holders[slot].execute(
            address(optionMarket),
            abi.encodeCall(ILyraOptionMarket.openPosition, (_order(listing, kind, amount, collateral)))
        );
        listings[slot].positionId = abi.decode(result, (ILyraOptionMarket.Result)).positionId;
    }

    /// Closes `amount` of `held`, at Lyra's worse price where it takes no ordinary trades any more.
    function _close(uint8 slot, Listing memory listing, int256 held, uint256 amount) private {
        bool long = held > 0;
        uint256 rest = SignedMath.abs(held) - amount;
        ILyraOptionMarket.TradeInputParameters memory order = _order(
            listing,
            long ? _longKind(listing) : _shortKind(listing),
            amount,
            long || rest == 0 ? 0 : _minCollateral(listing, rest)
        );
        AccountHolder holder = holders[slot];
        try holder.execute(address(optionMarket), abi.encodeCall(ILyraOptionMarket.closePosition, (order))) {} catch {
            holder.execute(address(optionMarket), abi.encodeCall(ILyraOptionMarket.forceClosePosition, (order)));
        }
    }

    /// Makes loose quote the collateral of a short position.
    function _backShort(uint8 slot) private {
        Listing memory listing = listings[slot];
        (int256 held, ) = _position(listing);
        AccountHolder holder = holders[slot];
        uint256 loose = quote.balanceOf(address(holder));
        if (held >= 0 || loose == 0 || block.timestamp >= listing.expiry) return;
        holder.execute(
            address(optionMarket),
            abi.encodeCall(ILyraOptionMarket.addCollateral, (listing.positionId, loose))
        );
    }

    function _order(
        Listing memory listing,
        OptionKind kind,
        uint256 amount,
        uint256 collateral
    ) private pure returns (ILyraOptionMarket.TradeInputParameters memory) {
        return
            ILyraOptionMarket.TradeInputParameters({
                strikeId: listing.strikeId,
                positionId: listing.positionId,
                iterations: 1,
                optionType: kind,
                amount: amount,
                setCollateralTo: collateral,
                minTotalCost: 0,
                maxTotalCost: type(uint256).max
            });
    }

    function _longKind(Listing memory listing) private pure returns (OptionKind) {
        return listing.isCall ? OptionKind.LongCall : OptionKind.LongPut;
    }

    function _shortKind(Listing memory listing) private pure returns (OptionKind) {
        return listing.isCall ? OptionKind.ShortCall : OptionKind.ShortPut;
    }

    // ---- prices, 18 decimals

    function _minCollateral(Listing memory listing, uint256 amount) private view returns (uint256) {
        return _greekCache.getMinCollateral(_shortKind(listing), listing.strike, listing.expiry, _spot(), amount);
    }

    function _buffered(uint256 least) private pure returns (uint256) {
        return (least * BUFFER_PERCENT) / 100;
    }

    function _mark(Listing memory listing) private view returns (uint256) {
        if (block.timestamp >= listing.expiry) {
            (, uint256 settled, ) = optionMarket.getSettlementParameters(listing.strikeId);
            return _payoff(listing, settled == 0 ? _spot() : settled);
        }
        uint256 boardVol = _greekCache.getIvGWAV(listing.boardId, averageSeconds);
        return _price(listing, (boardVol * _greekCache.getSkewGWAV(listing.strikeId, averageSeconds)) / ONE);
    }

    function _price(Listing memory listing, uint256 vol) private view returns (uint256) {
        if (block.timestamp >= listing.expiry) return _mark(listing);
        BlackScholesInputs memory inputs = BlackScholesInputs({
            timeToExpirySec: listing.expiry - block.timestamp,
            volatilityDecimal: vol,
            spotDecimal: _spot(),
            strikePriceDecimal: listing.strike,
            rateDecimal: _greekCache.getGreekCacheParams().rateAndCarry
        });
        bytes memory result = Address.functionStaticCall(_blackScholes, abi.encodeWithSelector(OPTION_PRICES, inputs));
        (uint256 call, uint256 put) = abi.decode(result, (uint256, uint256));
        return listing.isCall ? call : put;
    }

    function _payoff(Listing memory listing, uint256 price) private pure returns (uint256) {
        return listing.isCall ? Math.saturatingSub(price, listing.strike) : Math.saturatingSub(listing.strike, price);
    }

    function _spot() private view returns (uint256) {
        return _synthetixAdapter.getSpotPriceForMarket(address(optionMarket));
    }

    function _lotMicroUsd(uint256 price, uint256 lotSize) private pure returns (uint256) {
        return Math.mulDiv(price, lotSize, ONE * QUOTE_PER_MICRO_USD);
    }

    function _listing(uint8 slot) private view returns (Listing memory listing) {
        listing = listings[slot];
        if (listing.lotSize == 0) revert NotListed(slot);
    }
}
