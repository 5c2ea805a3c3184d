// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IUniswapV3Factory} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Factory.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IUniswapV3SwapCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3SwapCallback.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IVenueAdapter} from "../interfaces/IVenue.sol";

/// Spot slots on Uniswap v3: one pool of (cash, base token) for each slot.
///
/// Assumptions:
/// - Cash has six decimals: one unit is one µUSD.
/// - The desk gives an allowance for each call: its limit in cash for a buy, the exact lots of the base token for a
///   sale. Both go from the desk straight to the pool and from the pool straight to the desk; the adapter never
///   holds a token.
/// - Pools are those of one factory, so their code is known and only the pool being traded calls back.
contract UniswapV3Adapter is IVenueAdapter, IUniswapV3SwapCallback, AccessManaged {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Listing {
        IUniswapV3Pool pool;
        /// Smallest units of the base token in one lot.
        uint128 lotSize;
        /// The pool's token0 is cash.
        bool cashIsToken0;
        IERC20 base;
    }

    event Listed(uint8 indexed slot, address indexed pool, address indexed base, uint128 lotSize);

    /// Only the desk trades here.
    error NotDesk();
    /// Only the pool that is being traded calls back.
    error NotTradedPool(address caller);
    /// List a pool for the slot first.
    error NotListed(uint8 slot);
    /// Name a pool of the factory, with cash on one side.
    error NotAPool(address pool);
    error ZeroLots();
    /// The trade would cost more, or yield less, than the limit.
    error LimitExceeded(uint256 amountMicroUsd, uint256 limitMicroUsd);
    /// The pool has liquidity for `traded` of `asked` base units only.
    error NotEnoughLiquidity(uint256 asked, uint256 traded);

    /// The least and greatest price a swap may name.
    uint160 private constant LOWEST_SQRT_PRICE = 4295128739 + 1;
    uint160 private constant HIGHEST_SQRT_PRICE = 1461446703485210103287273052203988822378723970342 - 1;

    address public immutable desk;
    IERC20 public immutable cash;
    IUniswapV3Factory public immutable factory;
    mapping(uint8 slot => Listing) public listings;
    IUniswapV3Pool private transient _traded;

    constructor(address authority_, address desk_, IERC20 cash_, IUniswapV3Factory factory_) AccessManaged(authority_) {
        desk = desk_;
        cash = cash_;
        factory = factory_;
    }

    /// Trades `slot` in `pool` from now on, `lotSize` > 0 smallest units of its other token a lot.
    function list(uint8 slot, IUniswapV3Pool pool, uint128 lotSize) external restricted {
        (address token0, address token1) = (pool.token0(), pool.token1());
        bool cashIsToken0 = token0 == address(cash);
        bool genuine = factory.getPool(token0, token1, pool.fee()) == address(pool);
        if (!genuine || (!cashIsToken0 && token1 != address(cash))) revert NotAPool(address(pool));
        if (lotSize == 0) revert ZeroLots();
        address base = cashIsToken0 ? token1 : token0;
        listings[slot] = Listing(pool, lotSize, cashIsToken0, IERC20(base));
        emit Listed(slot, address(pool), base, lotSize);
    }

    /// @inheritdoc IVenueAdapter
    /// @dev Rounded down. The pool's price is (sqrtPriceX96 / 2^96)^2 units of token1 per unit of token0.
    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256) {
        Listing memory listing = _listing(slot);
        (uint256 sqrtPrice, , , , , , ) = listing.pool.slot0();
        // Dividing twice by the root and rounding down each time is dividing once by its square.
        if (listing.cashIsToken0) return Math.mulDiv(listing.lotSize, 1 << 192, sqrtPrice) / sqrtPrice;
        (uint256 high, uint256 low) = Math.mul512(sqrtPrice, sqrtPrice);
        return ((high * listing.lotSize) << 64) + Math.mulShr(low, listing.lotSize, 192);
    }

    /// @inheritdoc IVenueAdapter
    function trade(uint8 slot, int256 lots, uint256 limitMicroUsd) external {
        if (msg.sender != desk) revert NotDesk();
        if (lots == 0) revert ZeroLots();
        Listing memory listing = _listing(slot);
        bool buys = lots > 0;
        int256 amountBase = (uint256(buys ? lots : -lots) * listing.lotSize).toInt256();
        bool zeroForOne = listing.cashIsToken0 == buys;

        _traded = listing.pool;
        (int256 amount0, int256 amount1) = listing.pool.swap(
            desk,
            zeroForOne,
            // Uniswap: positive for an exact input, negative for an exact output.
            buys ? -amountBase : amountBase,
            _sqrtPriceLimit(listing.pool, zeroForOne),
            buys ? abi.encode(cash, limitMicroUsd) : abi.encode(listing.base, uint256(amountBase))
        );
        _traded = IUniswapV3Pool(address(0));

        (int256 cashDelta, int256 baseDelta) = listing.cashIsToken0 ? (amount0, amount1) : (amount1, amount0);
        uint256 traded = uint256(buys ? -baseDelta : baseDelta);
        if (traded != uint256(amountBase)) revert NotEnoughLiquidity(uint256(amountBase), traded);
        if (!buys && uint256(-cashDelta) < limitMicroUsd) revert LimitExceeded(uint256(-cashDelta), limitMicroUsd);
    }

    /// Pays the pool what the swap costs, from the desk.
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external {
        if (msg.sender != address(_traded)) revert NotTradedPool(msg.sender);
        (IERC20 token, uint256 limit) = abi.decode(data, (IERC20, uint256));
        uint256 owed = uint256(amount0Delta > 0 ? amount0Delta : amount1Delta);
        if (owed > limit) revert LimitExceeded(owed, limit);
        token.safeTransferFrom(desk, msg.sender, owed);
    }

    /// A quarter or four times the present price: where liquidity ends the pool would walk to the end of its range,
    /// which costs millions of gas.
    function _sqrtPriceLimit(IUniswapV3Pool pool, bool down) private view returns (uint160) {
        (uint256 sqrtPrice, , , , , , ) = pool.slot0();
        return uint160(down ? Math.max(sqrtPrice / 2, LOWEST_SQRT_PRICE) : Math.min(sqrtPrice * 2, HIGHEST_SQRT_PRICE));
    }

    function _listing(uint8 slot) private view returns (Listing memory listing) {
        listing = listings[slot];
        if (address(listing.pool) == address(0)) revert NotListed(slot);
    }
}
