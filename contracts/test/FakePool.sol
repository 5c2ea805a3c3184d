// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {UniswapV3Adapter} from "../venues/UniswapV3Adapter.sol";

/// Looks like a pool of the factory, and asks the adapter to pay.
contract FakePool {
    address public immutable token0;
    address public immutable token1;
    uint24 public constant fee = 3000;

    constructor(address token0_, address token1_) {
        (token0, token1) = (token0_, token1_);
    }

    function collect(UniswapV3Adapter adapter, address token, uint256 amount) external {
        adapter.uniswapV3SwapCallback(int256(amount), -1, abi.encode(token, amount));
    }
}
