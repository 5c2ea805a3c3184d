// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IUniswapV3SwapCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3SwapCallback.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IMarket} from "../../interfaces/IMarket.sol";

/// Trades pools from its own tokens, by itself or around a clearing that it calls in the same transaction.
contract SandwichBot is IUniswapV3SwapCallback {
    using SafeERC20 for IERC20;

    /// Where a pool's price is to be brought.
    struct Move {
        IUniswapV3Pool pool;
        uint160 sqrtPriceX96;
    }

    error NotOwner();
    error NotTradedPool(address caller);
    error NotCleared();

    address public immutable owner = msg.sender;
    IUniswapV3Pool private transient _traded;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    function move(Move[] calldata moves) external onlyOwner {
        _move(moves);
    }

    /// All or nothing: reverts if the group does not clear.
    function clear(
        IMarket market,
        uint8 group,
        int256[] calldata nets,
        uint256 rho,
        Move[] calldata before,
        Move[] calldata afterwards
    ) external onlyOwner {
        _move(before);
        if (!market.clear(group, nets, rho)) revert NotCleared();
        _move(afterwards);
    }

    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata) external {
        if (msg.sender != address(_traded)) revert NotTradedPool(msg.sender);
        bool paysToken0 = amount0Delta > 0;
        address token = paysToken0 ? _traded.token0() : _traded.token1();
        IERC20(token).safeTransfer(msg.sender, uint256(paysToken0 ? amount0Delta : amount1Delta));
    }

    function _move(Move[] calldata moves) private {
        for (uint256 k; k < moves.length; k++) {
            IUniswapV3Pool pool = moves[k].pool;
            uint160 target = moves[k].sqrtPriceX96;
            (uint160 present, , , , , , ) = pool.slot0();
            if (target == present) continue;
            _traded = pool;
            pool.swap(address(this), target < present, type(int128).max, target, "");
            _traded = IUniswapV3Pool(address(0));
        }
    }
}
