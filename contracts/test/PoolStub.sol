// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A pool at any price, and the factory that vouches for it.
contract PoolStub {
    address public token0;
    address public token1;
    uint24 public constant fee = 3000;
    uint160 private _sqrtPriceX96;

    function set(address cash, address base, bool cashIsToken0, uint160 sqrtPriceX96) external {
        (token0, token1) = cashIsToken0 ? (cash, base) : (base, cash);
        _sqrtPriceX96 = sqrtPriceX96;
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (_sqrtPriceX96, 0, 0, 0, 0, 0, true);
    }

    function getPool(address, address, uint24) external view returns (address) {
        return address(this);
    }
}
