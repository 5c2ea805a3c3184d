// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {ICommitteeRegistry, IVerifierRegistry} from "../interfaces/IRegistries.sol";
import {BabyJubJub} from "../curve/BabyJubJub.sol";

/// A committee member and its proof that it knows the secret of its key: s·BASE8 = A + c·PK with
/// c = keccak256(abi.encode("TACIT_POP", chain id, this registry, account, PK.x, PK.y, A.x, A.y)) mod l.
struct Member {
    /// Signs the member's sums; not a caller here.
    address account;
    /// PK, in the prime subgroup of BabyJubJub.
    uint256 keyX;
    uint256 keyY;
    /// A = a·BASE8 for a fresh secret a.
    uint256 proofX;
    uint256 proofY;
    /// s = a + c·sk mod l.
    uint256 proofS;
}

/// Who holds the keys that open a batch.
///
/// A committee is appointed whole, each time as a new version; earlier ones stay readable, because epochs that were
/// opened under them are still decrypted by them. The market freezes the current version when an epoch opens, so an
/// appointment never touches a running epoch. The index j = 1 … M of a member is its place in the appointment.
///
/// Assumptions: the authority (an AccessManager) gives `appoint` to governance, behind a delay that lets owners leave;
/// the members are distinct parties (distinct keys and accounts are checked, persons can't be).
contract CommitteeRegistry is ICommitteeRegistry, AccessManaged {
    event CommitteeAppointed(uint32 indexed version, address keysPointer, address[] accounts);

    /// The circuit shares to exactly `wanted` members.
    error WrongMemberCount(uint256 given, uint256 wanted);
    error ZeroAccount(uint256 member);
    /// The key is not a point of the prime subgroup, or it is the identity, whose pads everybody can compute.
    error BadKey(uint256 member);
    error DuplicateMember(uint256 member, uint256 earlier);
    /// The proof of possession fails: make it for this chain, this registry, this account and this key.
    error NotPossessed(uint256 member);
    error NoSuchVersion(uint32 version);

    /// M of the profile.
    uint8 public immutable members;
    /// Latest version; 0 before the first appointment.
    uint32 public latestVersion;

    struct Committee {
        address keysPointer;
        address[] accounts;
    }

    mapping(uint32 version => Committee) private _committees;

    constructor(address authority_, IVerifierRegistry registry) AccessManaged(authority_) {
        members = registry.profile().members;
    }

    function appoint(Member[] calldata appointed) external restricted returns (uint32 version) {
        if (appointed.length != members) revert WrongMemberCount(appointed.length, members);
        version = ++latestVersion;
        Committee storage made = _committees[version];
        bytes memory keys;
        for (uint256 i; i < appointed.length; i++) {
            Member calldata member = appointed[i];
            if (member.account == address(0)) revert ZeroAccount(i);
            for (uint256 k; k < i; k++) {
                bool sameKey = member.keyX == appointed[k].keyX && member.keyY == appointed[k].keyY;
                if (sameKey || member.account == appointed[k].account) revert DuplicateMember(i, k);
            }
            if (!_isUsableKey(member.keyX, member.keyY)) revert BadKey(i);
            if (!_isPossessed(member)) revert NotPossessed(i);
            made.accounts.push(member.account);
            keys = bytes.concat(keys, abi.encode(member.keyX, member.keyY));
        }
        made.keysPointer = SSTORE2.write(keys);
        emit CommitteeAppointed(version, made.keysPointer, made.accounts);
    }

    /// @inheritdoc ICommitteeRegistry
    function current() external view returns (address keysPointer, uint32 version) {
        version = latestVersion;
        (keysPointer, ) = committee(version);
    }

    /// @return keysPointer SSTORE2 pointer to the 2M key words: PK_1.x, PK_1.y, …
    /// @return accounts    in the order of the keys
    function committee(uint32 version) public view returns (address keysPointer, address[] memory accounts) {
        Committee storage found = _committees[version];
        if (found.keysPointer == address(0)) revert NoSuchVersion(version);
        return (found.keysPointer, found.accounts);
    }

    function _isUsableKey(uint256 x, uint256 y) private pure returns (bool) {
        bool isIdentity = x == 0 && y == 1;
        return !isIdentity && BabyJubJub.isOnCurve(x, y) && BabyJubJub.isInSubgroup(x, y);
    }

    function _isPossessed(Member calldata m) private view returns (bool) {
        if (m.proofS >= BabyJubJub.ORDER || !BabyJubJub.isOnCurve(m.proofX, m.proofY)) return false;
        uint256 c =
            uint256(
                keccak256(
                    abi.encode("TACIT_POP", block.chainid, address(this), m.account, m.keyX, m.keyY, m.proofX, m.proofY)
                )
            ) % BabyJubJub.ORDER;
        return
            BabyJubJub.equals(
                BabyJubJub.mul(BabyJubJub.BASE8_X, BabyJubJub.BASE8_Y, m.proofS),
                BabyJubJub.addAffine(BabyJubJub.mul(m.keyX, m.keyY, c), m.proofX, m.proofY)
            );
    }
}
