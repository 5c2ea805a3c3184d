// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {Transcript} from "./format/Transcript.sol";
import {IVault} from "./interfaces/IVault.sol";
import {EpochState, Frame, MarketConfig, Phase, Submission, VaultRecord} from "./interfaces/Types.sol";
import {Market} from "./Market.sol";
import {SettleWords} from "./market/SettleWords.sol";
import {Statement} from "./market/Statement.sol";

/// Views for provers and auditors that the market has no need of itself. It keeps nothing and nobody trusts it: what it
/// shows is laid down by the market's own code (`Statement`) from the market's own getters.
///
/// It reads structs through getters rather than storage slots (`extsload`): the compiler checks what a getter returns,
/// while slot numbers and packings would be a second, unchecked description of the storage.
contract Lens is Statement {
    Market public immutable market;
    uint64 private immutable dealMargin;

    constructor(Market market_) Statement(market_.desk(), market_.profile(), _config(market_)) {
        market = market_;
        dealMargin = _config(market_).dealMargin;
    }

    /// The market's settings.
    function config() external view returns (MarketConfig memory) {
        return _config(market);
    }

    /// Full transcript words for a submission at this moment; reverts as `submit` would before it looks at the proof.
    function transcriptWords(Submission calldata s) public view returns (uint256[] memory) {
        (EpochState memory e, VaultRecord memory v) = (market.epochState(), market.vaultState(s.vault));
        _requireMaySubmit(s, e, v);
        Frame memory frame = market.frame();
        uint64 cutoff = frame.observedAt - dealMargin;
        EpochTerms memory terms = _termsOf(s, e.number, cutoff);
        int256 cashFlow =
            _dealsNow(s, terms)
                ? IVault(s.vault).previewDeal(s.nav, s.redeemShares, cutoff, _desk.haircutPpb())
                : int256(0);
        return
            _transcript(
                s,
                Given({
                    market: address(market),
                    epoch: e.number,
                    halted: e.openedHalted,
                    commitment: v.commitment,
                    cashFlow: cashFlow,
                    terms: terms,
                    frame: frame,
                    settle: _source(v.lastEpoch, market.settlePointer(v.lastEpoch), e.latestSeriesStart)
                })
            );
    }

    /// The signals h, d, x that a submission's proof must have at this moment.
    function publicSignals(Submission calldata s) external view returns (uint256[3] memory) {
        return _signals(transcriptWords(s), s.h);
    }

    /// The settle words the vault's next submission will use: 1 + 3N.
    function settleWords(address vault) external view returns (uint256[] memory) {
        uint32 lastEpoch = market.vaultState(vault).lastEpoch;
        uint32 epoch = market.epoch();
        bool between = market.phase() == Phase.AwaitSnapshot;
        if (lastEpoch != 0 && lastEpoch == epoch && !between) revert NotSettled(lastEpoch);
        // Between epochs more series may end, the first epoch after which is the next one.
        uint32 latestSeriesStart = between ? epoch + 1 : market.epochState().latestSeriesStart;
        return SettleWords.read(_source(lastEpoch, market.settlePointer(lastEpoch), latestSeriesStart));
    }

    /// keccak256 of the snapshot's words mod FIELD.
    function snapshotHash() external view returns (uint256) {
        uint256[] memory words = new uint256[](snapshotWords);
        Transcript.putBlob(words, 0, market.snapshotPointer(), snapshotWords);
        return Transcript.hash(words, 0, snapshotWords);
    }

    function _config(Market market_) private view returns (MarketConfig memory) {
        return abi.decode(SSTORE2.read(market_.settings()), (MarketConfig));
    }
}
