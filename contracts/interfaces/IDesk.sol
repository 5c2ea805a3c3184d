// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IBonds} from "./IBonds.sol";
import {IVerifierRegistry} from "./IRegistries.sol";
import {DeskConfig, ExitProposal, Slot, SlotAccount, VenueAccount, VenueRule} from "./Types.sol";

/// Custody: all cash and tokens, the instrument table and the accounts at venues.
interface IDesk {
    event SlotListed(uint8 indexed slot, Slot terms);
    event OrderCapTightened(uint8 indexed slot, uint32 orderCap);
    /// From `firstEpoch` on, positions of the finished series are settled at `exitIndex` µUSD per lot.
    event SeriesEnded(uint8 indexed slot, uint32 firstEpoch, int256 exitIndex);
    /// The vault's book was taken over at `navMicroUsd`. Its owner's bond gave `bondMicroUsd` for what selling may cost
    /// (`unwindingMicroUsd`) and for a negative NAV.
    event VaultResolved(
        address indexed vault,
        int256 navMicroUsd,
        uint256 unwindingMicroUsd,
        uint256 bondMicroUsd,
        uint256 owedMicroUsd
    );
    /// `settledMicroUsd` less of what is owed to a resolved vault, for `paidMicroUsd`: less than that under a haircut.
    event ResolvedPaid(address indexed vault, uint256 settledMicroUsd, uint256 paidMicroUsd);
    /// From now on claims are paid less `haircutPpb` / 10^9: all that is claimed is `claimsMicroUsd`, and the insurance
    /// account with all it holds has `equityMicroUsd`.
    event HaircutSet(uint256 haircutPpb, int256 equityMicroUsd, int256 claimsMicroUsd);
    event InsuranceFunded(address indexed from, uint256 amountMicroUsd);

    // ---- perps and options
    /// `answered` false: no funding was read, because the venue did not say mark and cash or holds another position.
    /// Without its mark the slot's has only followed the feed's bounds.
    event Checkpointed(uint8 indexed slot, uint256 markMicroUsd, int256 carryIndexMicroUsd, bool answered);
    /// The insurance account bears (> 0), or gets back (< 0), what the venue's account lost beyond all funding.
    event VenueLoss(uint8 indexed slot, int256 lossMicroUsd);
    event VenueRuleSet(uint8 indexed slot, VenueRule rule);
    /// Sent to the venue (> 0) or back (< 0), and the account's equity then.
    event MarginMoved(uint8 indexed slot, int256 amountMicroUsd, int256 equityMicroUsd);
    /// The account's equity is below the floor, and no more may be sent: only orders that reduce the position clear.
    event MarginLow(uint8 indexed slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd);
    event ExitProposed(uint8 indexed slot, uint256 payoffMicroUsd, uint256 feedPayoffMicroUsd, uint64 disputeEnds);
    event ExitVetoed(uint8 indexed slot);
    event ExitSet(uint8 indexed slot, uint256 payoffMicroUsd);

    // ---- views
    function market() external view returns (address);
    /// Whose profile says where the words of a snapshot lie.
    function verifiers() external view returns (IVerifierRegistry);
    function cash() external view returns (address);
    function bonds() external view returns (IBonds);
    function config() external view returns (DeskConfig memory);
    function slot(uint8 i) external view returns (Slot memory);
    /// How many series have been listed so far: which table a signed snapshot speaks of.
    function listings() external view returns (uint32);
    function slotAccount(uint8 i) external view returns (SlotAccount memory);
    /// Cumulative cash paid per lot since the series opened, µUSD. Only perps pay any.
    function carryIndex(uint8 i) external view returns (int256);
    /// How the desk keeps its account at the venue of a perp or option slot.
    function venue(
        uint8 i
    ) external view returns (VenueRule memory rule, VenueAccount memory account, ExitProposal memory proposal);
    /// Negative: missing from what all accounts claim.
    function insuranceMicroUsd() external view returns (int256);
    function inventoryMicroUsd() external view returns (int256);
    /// Part of 10^9 that every claim is paid less: 0 unless more is claimed than there is.
    function haircutPpb() external view returns (uint256);
    /// What a resolved vault is still owed, µUSD.
    function owedMicroUsd(address vault) external view returns (uint256);
    /// For a vault that submitted last in `lastEpoch` > 0.
    /// @return keepFlags   bit i = the series of slot i has not ended since
    /// @return exitIndices by slot: µUSD per lot that its series ended at; 0 where it has not
    function exits(uint32 lastEpoch) external view returns (uint256 keepFlags, int256[] memory exitIndices);

    // ---- steps, all permissionless
    /// Perp or option slot: brings the desk's account at the venue to its target if it is below `lowBps` or above
    /// `highBps`.
    function rebalanceMargin(uint8 i) external;
    /// After an option's expiry: settles it at the venue and proposes what the venue paid as its exit index.
    function proposeExit(uint8 i) external;
    /// Ends a series. Governance's, but anyone's once an expired option's payoff has stood its time, or when the venue
    /// holds another position than the desk (it was liquidated there).
    function endSeries(uint8 i) external;
    /// Gives `amountMicroUsd` of the caller's cash to the insurance account.
    function fundInsurance(uint256 amountMicroUsd) external;

    // ---- governance (AccessManager roles)
    /// To be given to a role that waits.
    function list(uint8 i, Slot calldata terms) external;
    /// The next series of the option that stood in slot `i`: another strike and expiry, everything else alike.
    function renew(uint8 i, uint128 strike, uint64 expiry) external;
    /// The rule of a perp or option slot, before it is listed or later: to be given to a role that waits.
    function setVenueRule(uint8 i, VenueRule calldata rule) external;
    /// The guardian's, at once: no position at the venue of slot `i` is made larger with more than this there.
    function lowerTradeCap(uint8 i, uint64 tradeCapMicroUsd) external;
    /// The guardian's: an expired option's payoff is not what its underlying says.
    function vetoExit(uint8 i) external;
    /// What a vetoed payoff should have been, up to the bound of the proposal. To be given to a role that waits.
    function setExit(uint8 i, uint56 payoffMicroUsd) external;
    /// Ends a series whose feed has died or whose venue is off it, or no snapshot could ever be accepted again: sells
    /// the position for at least `floorMicroUsd` a lot, or buys a short one back for at most that. A perp's or option's
    /// venue that fails then is passed over, and an option's lots are paid the floor. To be given to a role that waits,
    /// so that holders can object.
    function forceEndSeries(uint8 i, uint256 floorMicroUsd) external;
    function tightenOrderCap(uint8 i, uint32 orderCap) external;

    // ---- called by the market, which holds the lock
    /// Before a snapshot is laid down: brings marks and funding of perps, and the feeds of options, up to date.
    function checkpoint() external;
    /// Values what the desk holds by the epoch's snapshot, and with that the haircut.
    /// @return listed            bit i = slot i is listed, for the whole epoch
    /// @return latestSeriesStart first epoch after the latest end of a series
    function openEpoch(address snapshot) external returns (uint16 listed, uint32 latestSeriesStart);
    /// Crosses and trades the opened nets of consecutive slots, all of them or, reverting, none. By slot, µUSD per lot:
    /// @return references what orders cross at; 0 where there can be no orders
    /// @return charges    what each lot pays besides
    /// @return debits     what a lot costs its buyer without the charge: the reference, or a perp's carry index
    function execute(
        address snapshot,
        uint8 firstSlot,
        int256[] calldata nets
    ) external returns (uint256[] memory references, uint256[] memory charges, int256[] memory debits);
    /// Takes cash that a vault has allowed.
    function payIn(address vault, uint256 microUsd) external;
    /// Pays what a vault redeems, less the haircut.
    function payOut(address vault, uint256 claimMicroUsd) external;
    /// Makes the settled book of a vault that has ended the inventory's, and owes the vault what it is worth.
    /// @param cashAdj the book's cash less what carry indices add to it, µUSD
    function takeOver(address vault, int256[] calldata lots, int256 cashAdj, address snapshot) external;
    /// @return paidMicroUsd of what a resolved vault is owed, more than 0
    function payResolved(address vault, address snapshot) external returns (uint256 paidMicroUsd);
}
