// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface IVault {
    /// Called by the market only. In a dealing epoch it prices all deposits requested up to `cutoff`, and the first
    /// `redeemShares` of the redemptions requested up to `cutoff`, at `navBeforeMicroUsd`; moves no tokens.
    /// Under a haircut no deposits are dealt, and the redeemed are paid that much less than the cash flow says.
    /// @return cashFlow deposits taken in minus redemptions, µUSD
    function deal(
        uint256 navBeforeMicroUsd,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb
    ) external returns (int256 cashFlow);
    /// The same computation without effects.
    function previewDeal(
        uint256 navBeforeMicroUsd,
        uint256 redeemShares,
        uint64 cutoff,
        uint256 haircutPpb
    ) external view returns (int256 cashFlow);
    /// Strategy commitment and SSTORE2 pointer to the 12 mandate words, announced ones only if they were put into force
    /// by `cutoff`; whether `epoch` is a dealing epoch; and what the redemptions requested up to `cutoff` would be
    /// worth at the last NAV but for the first `redeemShares`, below 2^50 µUSD.
    function terms(
        uint32 epoch,
        uint256 redeemShares,
        uint64 cutoff
    )
        external
        view
        returns (uint256 strategyCommitment, address mandatePointer, bool dealing, uint256 cashWantedMicroUsd);
    /// How many dealing epochs there are after one epoch and up to another.
    function dealings(uint32 afterEpoch, uint32 upToEpoch) external view returns (uint256);
    /// The market reports that the vault submits no more, because its owner has fallen silent or it has proven NAV < 0:
    /// undealt deposit requests can be taken back.
    function onStopped() external;
    /// The market has resolved the vault, or had it sent `paidMicroUsd` of what it is owed.
    function onResolved(uint256 paidMicroUsd) external;
    /// The account whose bond stands behind the vault.
    function owner() external view returns (address);
}
