// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {IRoundFeed} from "./interfaces/IRoundFeed.sol";

/// @title MeterRegistry, what each meter read at each boundary.
/// @dev Invariants: a meter's boundaries and registers never fall; the ring entry with tag `b` is exactly what was
/// reported for `b`; transferring a meter changes no reading.
contract MeterRegistry is ERC721, AccessControl, IMeterRegistry {
    using SafeCast for uint256;

    /* TYPES */

    /// @dev One slot, 24 bits spare.
    struct Meter {
        address reporter;
        uint32 lastBoundary;
        uint32 maxPowerW;
        MeterKind kind;
    }

    /// @dev One slot. It is reused every `RING` boundaries and never cleared: the boundary says whose it is.
    struct RingEntry {
        uint32 boundary;
        uint112 importMilliWh;
        uint112 exportMilliWh;
    }

    /// @dev One slot.
    struct Price {
        uint64 pricePerKWh;
        uint64 updatedAt;
        uint64 round;
    }

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IMeterRegistry
    bytes32 public constant INSTALLER_ROLE = keccak256("INSTALLER_ROLE");

    /// @inheritdoc IMeterRegistry
    bytes32 public constant PRICE_ROLE = keccak256("PRICE_ROLE");

    /// @inheritdoc IMeterRegistry
    /// @dev A day of quarter hours: about a million gas on used ring slots, far below any block.
    uint256 public constant MOST_READINGS = 96;

    /// @inheritdoc IMeterRegistry
    uint32 public immutable INTERVAL;

    /// @inheritdoc IMeterRegistry
    uint32 public immutable RING;

    /// @dev A price has the token's 6 decimals; 6 decimals of a register make milliwatt-hours kilowatt-hours.
    uint8 private constant _DECIMALS = 6;

    /// @dev A ring of one could not hold both ends of an interval.
    uint32 private constant _LEAST_RING = 2;

    /// @dev Milliwatt-hours that one watt makes in an hour.
    uint256 private constant _MILLIWH_PER_WH = 1000;

    /// @dev Seconds in an hour.
    uint256 private constant _HOUR = 3600;

    /* STORAGE */

    /// @inheritdoc IMeterRegistry
    uint256 public meterCount;

    mapping(uint256 id => Meter meter) private _meters;

    mapping(uint256 id => mapping(uint256 place => RingEntry entry)) private _ring;

    Price private _price;

    /* CONSTRUCTOR */

    /// @param admin First holder of all three roles.
    /// @param interval Seconds from one boundary to the next.
    /// @param ring Boundaries kept per meter; a power of two, at least the baseline's days and the longest settlement.
    constructor(address admin, uint32 interval, uint32 ring) ERC721("Peerwatt Meter", "METER") {
        require(interval != 0, RegistryZeroInterval());
        require(ring >= _LEAST_RING && ring & (ring - 1) == 0, RegistryRingNotPowerOfTwo(ring));

        INTERVAL = interval;
        RING = ring;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(INSTALLER_ROLE, admin);
        _grantRole(PRICE_ROLE, admin);
    }

    /* INSTALL */

    /// @inheritdoc IMeterRegistry
    function install(address owner, address reporter, MeterKind kind, uint32 maxPowerW)
        external
        onlyRole(INSTALLER_ROLE)
        returns (uint256 id)
    {
        require(reporter != address(0), RegistryZeroReporter());
        require(maxPowerW != 0, RegistryZeroPower());

        id = ++meterCount;
        uint32 boundary = (block.timestamp / INTERVAL).toUint32();

        _meters[id] = Meter({reporter: reporter, lastBoundary: boundary, maxPowerW: maxPowerW, kind: kind});
        _ring[id][_placeOf(boundary)] = RingEntry({boundary: boundary, importMilliWh: 0, exportMilliWh: 0});
        emit MeterInstalled(id, owner, reporter, kind, maxPowerW, boundary);

        // Not the safe form: a home's account may be any contract, and nobody is called here.
        _mint(owner, id);
    }

    /// @inheritdoc IMeterRegistry
    function setReporter(uint256 id, address reporter) external {
        address caller = msg.sender;
        require(caller == ownerOf(id) || hasRole(INSTALLER_ROLE, caller), RegistryNotOwnerOrInstaller(id, caller));
        require(reporter != address(0), RegistryZeroReporter());

        address previous = _meters[id].reporter;
        _meters[id].reporter = reporter;
        emit ReporterChanged(id, previous, reporter);
    }

    /* REPORT */

    /// @inheritdoc IMeterRegistry
    function report(uint256 id, uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh) external {
        Meter memory meter = _reportersMeter(id);

        _append(
            id,
            meter.maxPowerW,
            _ring[id][_placeOf(meter.lastBoundary)],
            RingEntry({boundary: boundary, importMilliWh: importMilliWh, exportMilliWh: exportMilliWh})
        );
        _meters[id].lastBoundary = boundary;
    }

    /// @inheritdoc IMeterRegistry
    function reportMany(uint256 id, uint32 first, Reading[] calldata readings) external {
        uint256 length = readings.length;
        require(length != 0 && length <= MOST_READINGS, RegistryBatchLength(length, MOST_READINGS));
        Meter memory meter = _reportersMeter(id);

        RingEntry memory last = _ring[id][_placeOf(meter.lastBoundary)];
        for (uint32 i = 0; i < length; ++i) {
            RingEntry memory next = RingEntry({
                boundary: first + i, importMilliWh: readings[i].importMilliWh, exportMilliWh: readings[i].exportMilliWh
            });
            _append(id, meter.maxPowerW, last, next);
            last = next;
        }
        _meters[id].lastBoundary = last.boundary;
    }

    /* PRICE */

    /// @inheritdoc IMeterRegistry
    function postPrice(uint64 pricePerKWh) external onlyRole(PRICE_ROLE) {
        require(pricePerKWh != 0, RegistryZeroPrice());

        uint64 round = _price.round + 1;
        uint64 updatedAt = block.timestamp.toUint64();

        _price = Price({pricePerKWh: pricePerKWh, updatedAt: updatedAt, round: round});
        emit PricePosted(round, pricePerKWh, updatedAt);
    }

    /* VIEWS */

    /// @inheritdoc IMeterRegistry
    function meters(uint256 id)
        public
        view
        returns (address reporter, uint32 lastBoundary, uint32 maxPowerW, MeterKind kind)
    {
        Meter memory meter = _meters[id];
        // Every installed meter has a reporter, so this slot answers alone; the error is the standard's.
        require(meter.reporter != address(0), ERC721NonexistentToken(id));
        return (meter.reporter, meter.lastBoundary, meter.maxPowerW, meter.kind);
    }

    /// @inheritdoc IMeterRegistry
    function lastReading(uint256 id)
        public
        view
        returns (uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh)
    {
        (, boundary,,) = meters(id);
        RingEntry memory entry = _ring[id][_placeOf(boundary)];
        return (boundary, entry.importMilliWh, entry.exportMilliWh);
    }

    /// @inheritdoc IMeterRegistry
    function readingAt(uint256 id, uint32 boundary)
        public
        view
        returns (bool found, uint112 importMilliWh, uint112 exportMilliWh)
    {
        RingEntry memory entry = _ring[id][_placeOf(boundary)];
        // A slot that was never written has tag 0, so boundary 0 (the year 1970) can never be found.
        if (boundary == 0 || entry.boundary != boundary) return (false, 0, 0);
        return (true, entry.importMilliWh, entry.exportMilliWh);
    }

    /// @inheritdoc IMeterRegistry
    function delta(uint256 id, uint32 interval)
        external
        view
        returns (bool found, uint112 importMilliWh, uint112 exportMilliWh)
    {
        uint32 end;
        // After the last boundary of all comes 0, which is never found.
        unchecked {
            end = interval + 1;
        }
        (bool startFound, uint112 startImport, uint112 startExport) = readingAt(id, interval);
        (bool endFound, uint112 endImport, uint112 endExport) = readingAt(id, end);
        if (!startFound || !endFound) return (false, 0, 0);
        return (true, endImport - startImport, endExport - startExport);
    }

    /// @inheritdoc IRoundFeed
    function decimals() external pure returns (uint8) {
        return _DECIMALS;
    }

    /// @inheritdoc IRoundFeed
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        Price memory price = _price;
        require(price.round != 0, RegistryNoPrice());
        return (price.round, int256(uint256(price.pricePerKWh)), price.updatedAt, price.updatedAt, price.round);
    }

    /// @inheritdoc IMeterRegistry
    function latestRoundData(uint256 id, Register register)
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        (uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh) = lastReading(id);
        uint256 time = _timeOf(boundary);
        int256 energyMilliWh = int256(uint256(register == Register.Import ? importMilliWh : exportMilliWh));
        return (boundary, energyMilliWh, time, time, boundary);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, AccessControl, IERC165) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    /// @dev The one way into the ring: every guard of a reading, then the entry and its event.
    function _append(uint256 id, uint32 maxPowerW, RingEntry memory last, RingEntry memory next) private {
        require(next.boundary > last.boundary, RegistryBoundaryNotRising(id, next.boundary, last.boundary));
        require(
            _timeOf(next.boundary) <= block.timestamp, RegistryBoundaryAhead(id, next.boundary, _timeOf(next.boundary))
        );
        uint256 most;
        // The boundary is above the last one; three factors of 32 bits and one of 10 are far below 2^256.
        unchecked {
            most = uint256(next.boundary - last.boundary) * INTERVAL * maxPowerW * _MILLIWH_PER_WH / _HOUR;
        }
        _requireRise(id, Register.Import, last.importMilliWh, next.importMilliWh, most);
        _requireRise(id, Register.Export, last.exportMilliWh, next.exportMilliWh, most);

        _ring[id][_placeOf(next.boundary)] = next;
        emit MeterReported(id, next.boundary, next.importMilliWh, next.exportMilliWh);
    }

    function _reportersMeter(uint256 id) private view returns (Meter memory meter) {
        meter = _meters[id];
        require(msg.sender == meter.reporter, RegistryNotReporter(id, msg.sender));
    }

    function _placeOf(uint32 boundary) private view returns (uint256) {
        return boundary & (RING - 1);
    }

    function _timeOf(uint32 boundary) private view returns (uint256) {
        // Two factors of 32 bits.
        unchecked {
            return uint256(boundary) * INTERVAL;
        }
    }

    /* PURE */

    function _requireRise(uint256 id, Register register, uint112 last, uint112 reported, uint256 most) private pure {
        require(reported >= last, RegistryRegisterFalls(id, register, reported, last));
        uint112 rise;
        // It does not fall, as the line above says.
        unchecked {
            rise = reported - last;
        }
        require(rise <= most, RegistryRiseAboveMaximum(id, register, rise, most));
    }
}
