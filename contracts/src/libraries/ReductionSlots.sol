// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The reduction auction's records, each in one word.
/// @dev By hand, because a struct is moved between storage and memory member by member, and every offer and settlement
/// would pay for that. Fields are named from the lowest bits up. Where a closed use leaves its word, it is not zero, so
/// that the next one writes it cheaply.
// Cutting a word into its fields is what this library is for.
// forge-lint: disable-next-item(unsafe-typecast)
library ReductionSlots {
    /// @notice What a request asks for: utility 32, first 32, length 8, lane and pricing and registration 8, closes 40,
    /// price 64, target 32, requested 32.
    struct Terms {
        uint32 utility;
        uint32 first;
        uint8 length;
        uint8 lane;
        bool payAsBid;
        bool registeredOnly;
        uint40 closesAt;
        uint64 mostPricePerKWh;
        uint32 targetUnits;
        uint32 requested;
    }

    /// @notice What has become of a request: held 128, open 32, tick 8, fraction 40, noted 24, cleared 8.
    struct State {
        uint128 held;
        uint32 openUnits;
        uint8 marginalTick;
        uint40 fraction;
        uint24 notedAfter;
        bool cleared;
    }

    /// @notice A meter's offer: request 32, first 32, length 8, four blocks of tick 6 and energy 24, bond 64.
    struct Offer {
        uint32 request;
        uint32 first;
        uint8 length;
        uint120 blocks;
        uint64 bond;
    }

    /// @notice How a meter stands with a utility: carry 96, newest 32, registered 8, posted 64 and from 32.
    struct Standing {
        int96 carryMilliWh;
        uint32 newest;
        bool registered;
        uint64 postedMilliWh;
        uint32 postedFrom;
    }

    /// @notice A meter's money and its days with an award: balance 128, newest day 32, days 96 (bit `d`: `d` days
    /// before the newest).
    struct Account {
        uint128 balance;
        uint32 newestDay;
        uint96 eventDays;
    }

    uint256 private constant _ENERGY_BITS = 24;
    uint256 private constant _BLOCK_BITS = 30;
    uint256 private constant _ENERGY_MASK = 2 ** 24 - 1;
    uint256 private constant _TICK_MASK = 2 ** 6 - 1;
    uint256 private constant _DAYS_KEPT = 96;
    uint8 private constant _LANE = 1;
    uint8 private constant _PAY_AS_BID = 2;
    uint8 private constant _REGISTERED_ONLY = 4;

    /* TERMS */

    function pack(Terms memory terms) internal pure returns (uint256) {
        uint256 flags = terms.lane | (terms.payAsBid ? _PAY_AS_BID : 0) | (terms.registeredOnly ? _REGISTERED_ONLY : 0);
        return terms.utility | uint256(terms.first) << 32 | uint256(terms.length) << 64 | flags << 72
            | uint256(terms.closesAt) << 80 | uint256(terms.mostPricePerKWh) << 120 | uint256(terms.targetUnits) << 184
            | uint256(terms.requested) << 216;
    }

    function termsOf(uint256 word) internal pure returns (Terms memory terms) {
        uint8 flags = uint8(word >> 72);
        terms.utility = uint32(word);
        terms.first = uint32(word >> 32);
        terms.length = uint8(word >> 64);
        terms.lane = flags & _LANE;
        terms.payAsBid = flags & _PAY_AS_BID != 0;
        terms.registeredOnly = flags & _REGISTERED_ONLY != 0;
        terms.closesAt = uint40(word >> 80);
        terms.mostPricePerKWh = uint64(word >> 120);
        terms.targetUnits = uint32(word >> 184);
        terms.requested = uint32(word >> 216);
    }

    /* STATE */

    function pack(State memory state) internal pure returns (uint256) {
        return state.held | uint256(state.openUnits) << 128 | uint256(state.marginalTick) << 160
            | uint256(state.fraction) << 168 | uint256(state.notedAfter) << 208 | uint256(state.cleared ? 1 : 0) << 232;
    }

    function stateOf(uint256 word) internal pure returns (State memory state) {
        state.held = uint128(word);
        state.openUnits = uint32(word >> 128);
        state.marginalTick = uint8(word >> 160);
        state.fraction = uint40(word >> 168);
        state.notedAfter = uint24(word >> 208);
        state.cleared = uint8(word >> 232) != 0;
    }

    /* OFFERS */

    function pack(Offer memory offer) internal pure returns (uint256) {
        return offer.request | uint256(offer.first) << 32 | uint256(offer.length) << 64 | uint256(offer.blocks) << 72
            | uint256(offer.bond) << 192;
    }

    function offerOf(uint256 word) internal pure returns (Offer memory offer) {
        offer.request = uint32(word);
        offer.first = uint32(word >> 32);
        offer.length = uint8(word >> 64);
        offer.blocks = uint120(word >> 72);
        offer.bond = uint64(word >> 192);
    }

    /// @notice Whose use a meter's place is in.
    function requestOf(uint256 word) internal pure returns (uint32) {
        return uint32(word);
    }

    /// @notice Blocks with one more on top of those that are there.
    function withBlock(uint120 blocks, uint256 index, uint8 tick, uint24 energyUnits) internal pure returns (uint120) {
        return blocks | uint120((uint256(tick) << _ENERGY_BITS | energyUnits) << (index * _BLOCK_BITS));
    }

    /// @notice The first of some blocks.
    function firstOf(uint256 blocks) internal pure returns (uint256 tick, uint256 energyUnits) {
        return ((blocks >> _ENERGY_BITS) & _TICK_MASK, blocks & _ENERGY_MASK);
    }

    /// @notice Blocks without their first.
    function restOf(uint256 blocks) internal pure returns (uint256) {
        return blocks >> _BLOCK_BITS;
    }

    /* STANDINGS */

    function pack(Standing memory standing) internal pure returns (uint256) {
        return uint96(standing.carryMilliWh) | uint256(standing.newest) << 96 | uint256(standing.registered ? 1 : 0)
            << 128 | uint256(standing.postedMilliWh) << 136 | uint256(standing.postedFrom) << 200;
    }

    function standingOf(uint256 word) internal pure returns (Standing memory standing) {
        standing.carryMilliWh = int96(uint96(word));
        standing.newest = uint32(word >> 96);
        standing.registered = uint8(word >> 128) != 0;
        standing.postedMilliWh = uint64(word >> 136);
        standing.postedFrom = uint32(word >> 200);
    }

    /* ACCOUNTS */

    function pack(Account memory account) internal pure returns (uint256) {
        return account.balance | uint256(account.newestDay) << 128 | uint256(account.eventDays) << 160;
    }

    function accountOf(uint256 word) internal pure returns (Account memory account) {
        account.balance = uint128(word);
        account.newestDay = uint32(word >> 128);
        account.eventDays = uint96(word >> 160);
    }

    /// @notice Note that a meter had an award on a day. Days too old to be looked back at are forgotten.
    function markDay(Account memory account, uint32 day) internal pure {
        if (day > account.newestDay) {
            uint256 later = day - account.newestDay;
            uint96 kept = later < _DAYS_KEPT ? account.eventDays << later : 0;
            (account.newestDay, account.eventDays) = (day, kept | 1);
        } else if (account.newestDay - day < _DAYS_KEPT) {
            account.eventDays |= uint96(1) << (account.newestDay - day);
        }
    }

    /// @notice The days with an award before a day: bit `d` is `d` days before.
    function daysBefore(Account memory account, uint32 day) internal pure returns (uint256) {
        if (day < account.newestDay) return uint256(account.eventDays) >> (account.newestDay - day);
        uint256 later = day - account.newestDay;
        return later < _DAYS_KEPT ? uint256(account.eventDays) << later : 0;
    }
}
