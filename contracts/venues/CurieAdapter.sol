// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {
    ICurieAccountBalance,
    ICurieBaseToken,
    ICurieClearingHouse,
    ICurieConfig,
    ICurieExchange,
    ICurieMarketRegistry,
    ICurieVault
} from "../interfaces/external/ICurie.sol";
import {IDerivativeVenue} from "../interfaces/IVenue.sol";
import {IVenueAdapter} from "../interfaces/IVenue.sol";
import {AccountHolder} from "./AccountHolder.sol";
import {DerivativeAdapter} from "./DerivativeAdapter.sol";

/// Perp slots on Perpetual Protocol v2 ("Curie").
///
/// Trusts Curie with the accounts' collateral and with its own books: position, open notional, funding, mark. Trusts
/// its owner not to change margins, feeds or contracts to the accounts' harm.
///
/// Assumptions:
/// - Curie's settlement token is cash. Its virtual tokens have 18 decimals, the base token is its pools' token0.
/// - Curie rounds what it trades by a few wei. A position counts in lots, rounded to the nearest; each trade goes to
///   the exact size again, so nothing adds up.
/// - The parts of Curie are those its clearing house names at deployment.
contract CurieAdapter is DerivativeAdapter {
    using SafeERC20 for IERC20;

    struct Listing {
        address baseToken;
        /// Wei of the base token in one lot.
        uint128 lotSize;
        IUniswapV3Pool pool;
    }

    event Listed(uint8 indexed slot, address indexed baseToken, address indexed holder, uint128 lotSize);

    /// Name a clearing house whose settlement token is cash.
    error NotCash(address settlementToken);
    /// The pool has liquidity for `traded` of `asked` wei only.
    error NotEnoughLiquidity(uint256 asked, uint256 traded);

    uint256 private constant QUOTE_PER_MICRO_USD = 1e12;
    uint256 private constant MILLION = 1e6;
    /// Wei that Curie itself counts as nothing.
    uint256 private constant DUST = 10;

    ICurieClearingHouse public immutable clearingHouse;
    ICurieVault private immutable _vault;
    ICurieExchange private immutable _exchange;
    ICurieAccountBalance private immutable _accounts;
    ICurieConfig private immutable _config;
    ICurieMarketRegistry private immutable _registry;
    mapping(uint8 slot => Listing) public listings;

    constructor(
        address authority_,
        address desk_,
        IERC20 cash_,
        ICurieClearingHouse clearingHouse_
    ) DerivativeAdapter(authority_, desk_, cash_) {
        clearingHouse = clearingHouse_;
        _vault = ICurieVault(clearingHouse_.getVault());
        _exchange = ICurieExchange(clearingHouse_.getExchange());
        _accounts = ICurieAccountBalance(clearingHouse_.getAccountBalance());
        _config = ICurieConfig(clearingHouse_.getClearingHouseConfig());
        _registry = ICurieMarketRegistry(_exchange.getMarketRegistry());
        address settlementToken = _vault.getSettlementToken();
        if (settlementToken != address(cash_)) revert NotCash(settlementToken);
    }

    /// Trades `slot` as the perp of `baseToken` from now on, `lotSize` > 0 wei of it a lot.
    function list(uint8 slot, address baseToken, uint128 lotSize) external restricted {
        if (lotSize == 0) revert ZeroLots();
        AccountHolder holder = _holderFor(slot);
        listings[slot] = Listing(baseToken, lotSize, IUniswapV3Pool(_registry.getPool(baseToken)));
        emit Listed(slot, baseToken, address(holder), lotSize);
    }

    // ---- views

    /// @inheritdoc IDerivativeVenue
    function positionLots(uint8 slot) public view override returns (int256) {
        Listing memory listing = _listing(slot);
        int256 size = _size(slot, listing);
        int256 half = int256(uint256(listing.lotSize / 2));
        return (size < 0 ? size - half : size + half) / int256(uint256(listing.lotSize));
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev Each part is rounded down as Curie does it when it pays out, so that a withdrawal changes no more than
    /// itself.
    function cashMicroUsd(uint8 slot) external view returns (int256) {
        (address account, address baseToken) = (address(holders[slot]), _listing(slot).baseToken);
        (int256 realised, , ) = _accounts.getPnlAndPendingFee(account);
        return
            _vault.getBalance(account) +
            _microUsd(realised - _exchange.getPendingFundingPayment(account, baseToken)) +
            _microUsd(_accounts.getTakerOpenNotional(account, baseToken));
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev Curie's own mark: the median of two averages of the pool's price and the index with the average premium.
    /// Where Curie has paused or closed the perp, the price it then reckons with.
    function markMicroUsd(uint8 slot) external view returns (uint256) {
        Listing memory listing = _listing(slot);
        return _lotMicroUsd(_price(listing.baseToken), listing.lotSize);
    }

    /// @inheritdoc IVenueAdapter
    /// @dev Rounded down. The pool's price is (sqrtPriceX96 / 2^96)^2.
    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256) {
        Listing memory listing = _listing(slot);
        return _lotMicroUsd(_marginal(listing), listing.lotSize);
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev Curie holds the initial margin against what a long cost and a short is worth, and does not let gains that
    /// are not realised back anything: they are added.
    function requirementMicroUsd(uint8 slot, int256 lots) external view returns (uint256 initial, uint256 maintenance) {
        if (lots == 0) return (0, 0);
        Listing memory listing = _listing(slot);
        address account = address(holders[slot]);
        uint256 price = _price(listing.baseToken);
        int256 held = _size(slot, listing);
        int256 target = lots * int256(uint256(listing.lotSize));
        uint256 worth = Math.mulDiv(SignedMath.abs(target), price, 1e18);

        uint256 debt = worth;
        if (target > 0) {
            uint256 cost = SignedMath.abs(
                SignedMath.min(_accounts.getTakerOpenNotional(account, listing.baseToken), 0)
            );
            uint256 kept = held > 0 ? uint256(SignedMath.min(held, target)) : 0;
            debt = Math.mulDiv(uint256(target) - kept, Math.max(price, _marginal(listing)), 1e18);
            if (kept > 0) debt += Math.mulDiv(cost, kept, uint256(held));
        }
        (, int256 unrealised, ) = _accounts.getPnlAndPendingFee(account);
        uint256 gain = uint256(SignedMath.max(unrealised, 0));
        initial = Math.ceilDiv((debt * _config.getImRatio()) / MILLION + gain, QUOTE_PER_MICRO_USD);
        maintenance = Math.ceilDiv((worth * _config.getMmRatio()) / MILLION, QUOTE_PER_MICRO_USD);
    }

    // ---- the desk's orders

    /// @inheritdoc IVenueAdapter
    function trade(uint8 slot, int256 lots, uint256 limitMicroUsd) external onlyDesk {
        if (lots == 0) revert ZeroLots();
        Listing memory listing = _listing(slot);
        int256 held = _size(slot, listing);
        int256 change = (positionLots(slot) + lots) * int256(uint256(listing.lotSize)) - held;
        (uint256 base, uint256 quote) = _openPosition(slot, listing, change);
        uint256 asked = SignedMath.abs(change);
        if (base + DUST <= asked || asked + DUST <= base) revert NotEnoughLiquidity(asked, base);

        // Cash is rounded down in two parts: it may fall by one more, or rise by one less, than what was paid.
        uint256 amount = lots > 0 ? Math.ceilDiv(quote, QUOTE_PER_MICRO_USD) + 1 : quote / QUOTE_PER_MICRO_USD;
        if (lots < 0 && amount > 0) amount -= 1;
        _finish(slot, lots, amount, limitMicroUsd);
    }

    /// @inheritdoc IDerivativeVenue
    function deposit(uint8 slot, uint256 amountMicroUsd) external onlyDesk {
        _listing(slot);
        cash.safeTransferFrom(desk, address(this), amountMicroUsd);
        cash.forceApprove(address(_vault), amountMicroUsd);
        _vault.depositFor(address(holders[slot]), address(cash), amountMicroUsd);
        emit Deposited(slot, amountMicroUsd);
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev As much as Curie lets go, at most `mostMicroUsd`.
    function withdraw(uint8 slot, uint256 mostMicroUsd) external onlyDesk {
        _listing(slot);
        AccountHolder holder = holders[slot];
        uint256 amount = Math.min(mostMicroUsd, _vault.getFreeCollateralByToken(address(holder), address(cash)));
        if (amount == 0) return;
        holder.execute(address(_vault), abi.encodeCall(ICurieVault.withdraw, (address(cash), amount)));
        holder.execute(address(cash), abi.encodeCall(IERC20.transfer, (desk, amount)));
        emit Withdrawn(slot, amount);
    }

    /// @inheritdoc IDerivativeVenue
    /// @dev A perp expires only where Curie's owner has closed it for good.
    function settleExpired(uint8 slot) external returns (uint256 payoffMicroUsd) {
        Listing memory listing = _listing(slot);
        ICurieBaseToken token = ICurieBaseToken(listing.baseToken);
        if (!token.isClosed()) revert NotExpired(slot);
        payoffMicroUsd = _lotMicroUsd(token.getClosedPrice(), listing.lotSize);
        if (_size(slot, listing) == 0) return payoffMicroUsd;
        clearingHouse.quitMarket(address(holders[slot]), listing.baseToken);
        emit Settled(slot, payoffMicroUsd);
    }

    // ---- parts

    /// @param change wei of the base token, bought if positive
    function _openPosition(
        uint8 slot,
        Listing memory listing,
        int256 change
    ) private returns (uint256 base, uint256 quote) {
        bool sells = change < 0;
        (uint256 sqrtPrice, , , , , , ) = listing.pool.slot0();
        bytes memory result = holders[slot].execute(
            address(clearingHouse),
            abi.encodeCall(
                ICurieClearingHouse.openPosition,
                (
                    ICurieClearingHouse.OpenPositionParams({
                        baseToken: listing.baseToken,
                        isBaseToQuote: sells,
                        isExactInput: sells,
                        amount: SignedMath.abs(change),
                        oppositeAmountBound: 0,
                        deadline: block.timestamp,
                        // A fifth away: Curie refuses to go half as far, and where liquidity ends the pool would walk
                        // to the end of its range, which costs millions of gas.
                        sqrtPriceLimitX96: uint160(sells ? sqrtPrice - sqrtPrice / 10 : sqrtPrice + sqrtPrice / 10),
                        referralCode: 0
                    })
                )
            )
        );
        return abi.decode(result, (uint256, uint256));
    }

    /// What Curie values positions at, 18 decimals.
    function _price(address baseToken) private view returns (uint256) {
        ICurieBaseToken token = ICurieBaseToken(baseToken);
        if (token.isOpen()) return _accounts.getMarkPrice(baseToken);
        return token.isClosed() ? token.getClosedPrice() : token.getPausedIndexPrice();
    }

    /// The pool's price, 18 decimals.
    function _marginal(Listing memory listing) private view returns (uint256) {
        (uint256 sqrtPrice, , , , , , ) = listing.pool.slot0();
        return Math.mulDiv(Math.mulDiv(sqrtPrice, sqrtPrice, 1 << 64), 1e18, 1 << 128);
    }

    function _size(uint8 slot, Listing memory listing) private view returns (int256) {
        return _accounts.getTakerPositionSize(address(holders[slot]), listing.baseToken);
    }

    function _lotMicroUsd(uint256 price, uint256 lotSize) private pure returns (uint256) {
        return Math.mulDiv(price, lotSize, 1e18 * QUOTE_PER_MICRO_USD);
    }

    /// Rounded down, also below zero.
    function _microUsd(int256 quote) private pure returns (int256) {
        int256 unit = int256(QUOTE_PER_MICRO_USD);
        return quote >= 0 ? quote / unit : -int256(Math.ceilDiv(SignedMath.abs(quote), QUOTE_PER_MICRO_USD));
    }

    function _listing(uint8 slot) private view returns (Listing memory listing) {
        listing = listings[slot];
        if (listing.lotSize == 0) revert NotListed(slot);
    }
}
