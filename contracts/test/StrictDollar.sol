// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A dollar token as some are: an allowance that is not 0 can only be set to 0, and an approval is answered in its own
/// way.
contract StrictDollar {
    enum Style {
        /// Says yes; refuses by reverting, without a reason.
        Loud,
        /// Says nothing; refuses by reverting.
        Silent,
        /// Says yes or no, and never reverts.
        Polite
    }

    uint8 public constant decimals = 6;
    Style public immutable style;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(Style style_) {
        style = style_;
        balanceOf[msg.sender] = 1e12;
    }

    function approve(address spender, uint256 amount) external {
        bool taken = amount == 0 || allowance[msg.sender][spender] == 0;
        if (taken)
            allowance[msg.sender][spender] = amount;
            // solhint-disable-next-line gas-custom-errors, reason-string
        else if (style != Style.Polite) revert();
        if (style == Style.Silent) return;
        assembly ("memory-safe") {
            mstore(0, taken)
            return(0, 0x20)
        }
    }
}
