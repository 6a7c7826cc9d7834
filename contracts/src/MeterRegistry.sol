// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IMeterRegistry} from "./interfaces/IMeterRegistry.sol";
import {IRoundFeed} from "./interfaces/IRoundFeed.sol";

/// @title MeterRegistry, what each meter read at each boundary.
/// @dev Invariants: a meter's boundaries and registers never fall; the ring entry with tag `b` is exactly what was
/// reported for `b`; transferring a meter changes no reading; a signed package counts once, and in order.
contract MeterRegistry is ERC721, AccessControl, EIP712, IMeterRegistry {
    using SafeCast for uint256;

    /* TYPES */

    /// @dev One slot, 16 bits spare.
    struct Meter {
        address reporter;
        uint32 lastBoundary;
        uint32 maxPowerW;
        MeterKind kind;
        uint8 market;
    }

    /// @dev One slot, away from the meter's: a report does not read it.
    struct Proposal {
        address reporter;
        uint64 from;
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
    bytes32 public constant MARKET_ROLE = keccak256("MARKET_ROLE");

    /// @inheritdoc IMeterRegistry
    bytes32 public constant READINGS_TYPEHASH =
        keccak256("Readings(uint256 id,uint32 previous,uint32 first,bytes readings)");

    /// @inheritdoc IMeterRegistry
    /// @dev A day of quarter hours: about a million gas on used ring slots, far below any block.
    uint256 public constant MOST_READINGS = 96;

    /// @inheritdoc IMeterRegistry
    /// @dev A month. Bit 0 of `skip` is nobody's.
    uint256 public constant MOST_TIMES = 31;

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

    /// @dev A reading in a package: two registers of 112 bits.
    uint256 private constant _READING_BYTES = 28;

    /// @dev Where the registers begin in 28 bytes of a package with nothing behind them.
    // The analyser does not read the function that uses both.
    // slither-disable-next-line unused-state
    uint256 private constant _PACKED_IMPORT_SHIFT = 144;
    // slither-disable-next-line unused-state
    uint256 private constant _PACKED_EXPORT_SHIFT = 32;

    /// @dev Where the parts of a word of `rises` begin: as in a ring's slot, with the found bit for the boundary.
    uint256 private constant _IMPORT_SHIFT = 32;
    uint256 private constant _EXPORT_SHIFT = 144;

    /// @dev Seconds in an hour.
    uint256 private constant _HOUR = 3600;

    /* STORAGE */

    /// @inheritdoc IMeterRegistry
    uint256 public meterCount;

    mapping(uint256 id => Meter meter) private _meters;

    mapping(uint256 id => Proposal proposal) private _proposals;

    mapping(uint256 id => mapping(uint256 place => RingEntry entry)) private _ring;

    Price private _price;

    /* CONSTRUCTOR */

    /// @param admin First holder of the roles, but for `MARKET_ROLE`, which nobody holds at first.
    /// @param interval Seconds from one boundary to the next.
    /// @param ring Boundaries kept per meter; a power of two, at least the baseline's days and the longest settlement.
    constructor(address admin, uint32 interval, uint32 ring)
        ERC721("Peerwatt Meter", "METER")
        EIP712("MeterRegistry", "1")
    {
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

        _meters[id] = Meter({reporter: reporter, lastBoundary: boundary, maxPowerW: maxPowerW, kind: kind, market: 0});
        _ring[id][_placeOf(boundary)] = RingEntry({boundary: boundary, importMilliWh: 0, exportMilliWh: 0});
        emit MeterInstalled(id, owner, reporter, kind, maxPowerW, boundary);

        // Not the safe form: a home's account may be any contract, and nobody is called here.
        _mint(owner, id);
    }

    /// @inheritdoc IMeterRegistry
    function setReporter(uint256 id, address reporter) external {
        require(msg.sender == ownerOf(id), RegistryNotOwner(id, msg.sender));
        require(reporter != address(0), RegistryZeroReporter());

        // What an installer proposed before is over: the owner has decided.
        delete _proposals[id];
        _replaceReporter(id, reporter);
    }

    /// @inheritdoc IMeterRegistry
    function proposeReporter(uint256 id, address reporter) external onlyRole(INSTALLER_ROLE) {
        _requireOwned(id);
        require(reporter != address(0), RegistryZeroReporter());
        uint64 from = (block.timestamp + INTERVAL).toUint64();

        _proposals[id] = Proposal({reporter: reporter, from: from});
        emit ReporterProposed(id, reporter, from);
    }

    /// @inheritdoc IMeterRegistry
    function takeReporter(uint256 id) external {
        Proposal memory proposal = _proposals[id];
        require(proposal.reporter != address(0), RegistryNoProposal(id));
        require(block.timestamp >= proposal.from, RegistryProposalWaits(id, proposal.from));

        delete _proposals[id];
        _replaceReporter(id, proposal.reporter);
    }

    /// @inheritdoc IMeterRegistry
    function setMarket(uint256 id, uint8 market) external onlyRole(MARKET_ROLE) {
        _requireOwned(id);

        _meters[id].market = market;
        emit MarketChanged(id, market);
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

    /// @inheritdoc IMeterRegistry
    function reportSigned(uint256 id, uint32 first, bytes calldata readings, bytes calldata signature) external {
        uint256 length = readings.length / _READING_BYTES;
        require(
            readings.length % _READING_BYTES == 0 && length != 0 && length <= MOST_READINGS,
            RegistryPackageLength(readings.length, _READING_BYTES, MOST_READINGS)
        );
        Meter memory meter = _meters[id];
        bytes32 digest = readingsDigest(id, meter.lastBoundary, first, readings);
        // What explains a failed recovery is not needed: the signer is then nobody, and no meter's reporter is.
        // slither-disable-next-line unused-return
        (address signer,,) = ECDSA.tryRecover(digest, signature);
        require(signer == meter.reporter && signer != address(0), RegistryReadingsNotSigned(id, meter.lastBoundary));

        RingEntry memory last = _ring[id][_placeOf(meter.lastBoundary)];
        for (uint256 i = 0; i < length; ++i) {
            RingEntry memory next = _packed(readings, i, first);
            _write(id, meter.maxPowerW, last, next);
            last = next;
        }
        _meters[id].lastBoundary = last.boundary;
        emit ReadingsCarried(id, msg.sender, first, last.boundary, last.importMilliWh, last.exportMilliWh);
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
    function meterOf(uint256 id) external view returns (address owner, uint32 maxPowerW, MeterKind kind, uint8 market) {
        Meter memory meter = _meters[id];
        return (_requireOwned(id), meter.maxPowerW, meter.kind, meter.market);
    }

    /// @inheritdoc IMeterRegistry
    function proposalOf(uint256 id) external view returns (address reporter, uint64 from) {
        Proposal memory proposal = _proposals[id];
        return (proposal.reporter, proposal.from);
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
        RingEntry memory entry = _entryAt(id, boundary);
        return (entry.boundary != 0, entry.importMilliWh, entry.exportMilliWh);
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

    /// @inheritdoc IMeterRegistry
    function rises(uint256 id, uint32 first, uint256 count)
        external
        view
        returns (uint256[] memory words, uint32 lastBoundary)
    {
        // The last boundary alone is asked for.
        // slither-disable-next-line unused-return
        (, lastBoundary,,) = meters(id);
        words = new uint256[](count);
        RingEntry memory start = _entryAt(id, first);
        for (uint256 i = 0; i < count; ++i) {
            RingEntry memory end = _entryAt(id, uint256(first) + i + 1);
            if (start.boundary != 0 && end.boundary != 0) {
                words[i] = 1 | (uint256(end.importMilliWh - start.importMilliWh) << _IMPORT_SHIFT)
                    | (uint256(end.exportMilliWh - start.exportMilliWh) << _EXPORT_SHIFT);
            }
            start = end;
        }
    }

    /// @inheritdoc IMeterRegistry
    function risesBack(uint256 id, uint32 first, uint32 length, uint32 step, uint256 times, uint256 skip)
        external
        view
        returns (uint256 importSum, uint256 exportSum, uint256 count)
    {
        require(times <= MOST_TIMES, RegistryTimesAboveMost(times, MOST_TIMES));
        for (uint256 i = 1; i <= times; ++i) {
            uint256 back = i * step;
            // Before 1970 nobody has read a meter.
            if (back > first) break;
            if ((skip >> i) & 1 != 0) continue;
            RingEntry memory start = _entryAt(id, first - back);
            if (start.boundary == 0) continue;
            RingEntry memory end = _entryAt(id, first - back + length);
            if (end.boundary == 0) continue;
            importSum += end.importMilliWh - start.importMilliWh;
            exportSum += end.exportMilliWh - start.exportMilliWh;
            ++count;
        }
    }

    /// @inheritdoc IMeterRegistry
    function readingsDigest(uint256 id, uint32 previous, uint32 first, bytes calldata readings)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(READINGS_TYPEHASH, id, previous, first, keccak256(readings))));
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

    function _replaceReporter(uint256 id, address reporter) private {
        address previous = _meters[id].reporter;
        _meters[id].reporter = reporter;
        emit ReporterChanged(id, previous, reporter);
    }

    /// @dev A reading with an event of its own.
    function _append(uint256 id, uint32 maxPowerW, RingEntry memory last, RingEntry memory next) private {
        _write(id, maxPowerW, last, next);
        emit MeterReported(id, next.boundary, next.importMilliWh, next.exportMilliWh);
    }

    /// @dev The one way into the ring: every guard of a reading, then the entry.
    function _write(uint256 id, uint32 maxPowerW, RingEntry memory last, RingEntry memory next) private {
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
    }

    function _reportersMeter(uint256 id) private view returns (Meter memory meter) {
        meter = _meters[id];
        require(msg.sender == meter.reporter, RegistryNotReporter(id, msg.sender));
    }

    /// @dev What the ring holds of a boundary; all zero if it is not found.
    function _entryAt(uint256 id, uint256 boundary) private view returns (RingEntry memory entry) {
        RingEntry memory held = _ring[id][_placeOf(boundary)];
        // A slot that was never written has tag 0, so boundary 0 (the year 1970) can never be found.
        if (held.boundary == boundary) entry = held;
    }

    function _placeOf(uint256 boundary) private view returns (uint256) {
        return boundary & (RING - 1);
    }

    function _timeOf(uint32 boundary) private view returns (uint256) {
        // Two factors of 32 bits.
        unchecked {
            return uint256(boundary) * INTERVAL;
        }
    }

    /* PURE */

    /// @dev One reading of a package.
    // Cutting a word into its registers is what this does.
    // forge-lint: disable-next-item(unsafe-typecast)
    function _packed(bytes calldata readings, uint256 index, uint32 first) private pure returns (RingEntry memory) {
        uint256 word = uint256(bytes32(readings[index * _READING_BYTES:(index + 1) * _READING_BYTES]));
        return RingEntry({
            boundary: (first + index).toUint32(),
            importMilliWh: uint112(word >> _PACKED_IMPORT_SHIFT),
            exportMilliWh: uint112(word >> _PACKED_EXPORT_SHIFT)
        });
    }

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
