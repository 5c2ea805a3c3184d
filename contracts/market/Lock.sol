// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarketErrors} from "../interfaces/MarketErrors.sol";

/// The one lock that market and desk share: a stranger who is called in a step of either (a token, a venue, a vault) can
/// enter neither again. It lies in the market, so that a plain submission takes it without a call; the desk takes it by
/// one (`IMarket.lock`) for the steps it offers to everybody.
abstract contract Lock is MarketErrors {
    bool private transient _locked;

    modifier nonReentrant() {
        _lock();
        _;
        _unlock();
    }

    function _lock() internal {
        if (_locked) revert ReentrancyGuardReentrantCall();
        _locked = true;
    }

    function _unlock() internal {
        _locked = false;
    }
}
