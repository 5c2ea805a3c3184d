// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IUniswapV3SwapCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3SwapCallback.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IMarket} from "../../interfaces/IMarket.sol";

/// Pushes a pool, clears a group and pushes the pool back, all in one transaction: nobody can step in between.
contract Crosser is IUniswapV3SwapCallback {
    struct Clearing {
        IMarket market;
        uint8 group;
        int256[] nets;
        uint256 rho;
    }

    /// Whether the last attempt's group was cleared.
    bool public cleared;

    /// Trades with its own tokens until the pool's root price is `pushTo`, clears, and trades it back to `backTo`.
    function around(IUniswapV3Pool pool, uint160 pushTo, uint160 backTo, Clearing calldata c) external {
        _swap(pool, pushTo, "");
        cleared = c.market.clear(c.group, c.nets, c.rho);
        _swap(pool, backTo, "");
    }

    /// The same, but clears inside of the first swap, when the pool has moved and is not paid yet.
    function within(IUniswapV3Pool pool, uint160 pushTo, uint160 backTo, Clearing calldata c) external {
        _swap(pool, pushTo, abi.encode(c));
        _swap(pool, backTo, "");
    }

    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external {
        if (data.length != 0) {
            Clearing memory c = abi.decode(data, (Clearing));
            cleared = c.market.clear(c.group, c.nets, c.rho);
        }
        IUniswapV3Pool pool = IUniswapV3Pool(msg.sender);
        if (amount0Delta > 0) IERC20(pool.token0()).transfer(msg.sender, uint256(amount0Delta));
        if (amount1Delta > 0) IERC20(pool.token1()).transfer(msg.sender, uint256(amount1Delta));
    }

    function _swap(IUniswapV3Pool pool, uint160 to, bytes memory data) private {
        (uint160 now_, , , , , , ) = pool.slot0();
        if (to == now_) return;
        pool.swap(address(this), to < now_, int256(uint256(type(uint128).max)), to, data);
    }
}
