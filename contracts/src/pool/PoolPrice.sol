// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitmentPool} from "../interfaces/ICommitmentPool.sol";
import {IRoundFeed} from "../interfaces/IRoundFeed.sol";

/// @title Where the commitment pool's prices come from.
/// @dev A part of `CommitmentPool`. It only reads, and trusts no answer that is not positive, fresh and its round's own.
abstract contract PoolPrice is ICommitmentPool {
    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc ICommitmentPool
    IRoundFeed public immutable ORACLE;

    /// @inheritdoc ICommitmentPool
    uint32 public immutable INTERVAL;

    /// @inheritdoc ICommitmentPool
    uint32 public immutable STALE_AFTER;

    /// @inheritdoc ICommitmentPool
    uint32 public immutable HORIZON_PRICE;

    /// @dev What an answer is divided by to be a price in base units; below 1 of them it is multiplied.
    uint256 private immutable _DIVISOR;
    uint256 private immutable _FACTOR;

    uint8 private constant _TOKEN_DECIMALS = 6;
    uint8 private constant _MOST_DECIMALS = 18;
    uint256 private constant _LONGEST_STALE = 31 days;
    uint256 private constant _LONGEST_INTERVAL = 1 days;

    /* CONSTRUCTOR */

    constructor(Settings memory settings) {
        uint32 interval = settings.registry.INTERVAL();
        uint8 decimals = settings.oracle.decimals();
        _requireWithin("interval", interval, 1, _LONGEST_INTERVAL);
        _requireWithin("oracle decimals", decimals, 0, _MOST_DECIMALS);
        _requireWithin("stale after", settings.staleAfterSeconds, 1, _LONGEST_STALE);

        ORACLE = settings.oracle;
        INTERVAL = interval;
        STALE_AFTER = settings.staleAfterSeconds;
        HORIZON_PRICE = settings.horizonPrice;
        _DIVISOR = decimals > _TOKEN_DECIMALS ? 10 ** (decimals - _TOKEN_DECIMALS) : 1;
        _FACTOR = decimals < _TOKEN_DECIMALS ? 10 ** (_TOKEN_DECIMALS - decimals) : 1;
    }

    /* INTERNAL */

    /// @dev What the oracle says now, in base units per kilowatt-hour, rounded down.
    function _oraclePrice() internal view returns (uint48 pricePerKWh) {
        // When it became true and when it was told is one question to us. It is asked once a call, by the first of a
        // commitment's intervals whose price is due.
        // slither-disable-next-line unused-return,calls-loop
        (uint80 round, int256 answer,, uint256 updatedAt, uint80 answeredInRound) = ORACLE.latestRoundData();
        require(
            updatedAt <= block.timestamp && block.timestamp - updatedAt <= STALE_AFTER && answeredInRound >= round,
            PoolPriceStale(updatedAt, round, answeredInRound)
        );
        // More than a price can be before it is multiplied, so that nothing overflows.
        require(answer > 0 && answer < 1 << 128, PoolPriceUnfit(answer));
        // Positive, as the line before says.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 price = uint256(answer) * _FACTOR / _DIVISOR;
        require(price != 0 && price <= type(uint48).max, PoolPriceUnfit(answer));
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint48(price);
    }

    /* PURE */

    function _requireWithin(string memory name, uint256 value, uint256 least, uint256 most) internal pure {
        require(value >= least && value <= most, PoolSettingOutOfRange(name, value, least, most));
    }
}
