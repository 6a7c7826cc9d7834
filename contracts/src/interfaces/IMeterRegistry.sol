// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";

import {IRoundFeed} from "./IRoundFeed.sol";

/// @title What each meter read at each boundary, and the price in use.
/// @notice ERC-721: a token's id is the meter's id (from 1, rising), its owner is the home's account. A meter is two
/// cumulative registers in milliwatt-hours that only ever rise: import (into the home) and export (out of it).
/// Boundary `k` is the instant `k * INTERVAL` in seconds since 1970; interval `k` runs from boundary `k` to `k + 1`.
/// A reading is taken at its boundary, stamped with it, and sent whenever the chain allows; readings are final.
///
/// The newest `RING` boundaries of a meter can be read; older ones are overwritten, and then read as not found. A
/// boundary that was skipped is missing for ever: its energy is in the next reading. Nothing is interpolated.
///
/// Powers, all of them:
/// - `DEFAULT_ADMIN_ROLE` grants and revokes roles.
/// - `INSTALLER_ROLE` installs meters, and so sets their maximum power, which bounds what a meter may claim and trade.
///   It proposes a reporter's replacement, which can be taken an `INTERVAL` later unless the owner decides otherwise.
///   It cannot alter or add a reading itself, nor take a meter away; a key that it installs can report like any
///   other, forward and under the maximum power only.
/// - `PRICE_ROLE` posts the price in use.
/// - `MARKET_ROLE` says which market counts a meter's readings. It is meant for contracts, and nobody holds it at first.
/// - A meter's owner replaces its reporter, at once, and may transfer the meter. A transfer changes no reading and no reporter:
///   a new owner who does not know the key replaces it.
/// - A meter's reporter reports. There is no pause and no upgrade, and nobody can change the past.
///
/// Warning: a lying meter can claim any curve that rises and stays under its maximum power. The installer sets that
/// maximum to the inverter's or the main fuse's; what is left shows only against the street's own meter.
interface IMeterRegistry is IAccessControl, IERC721Metadata, IRoundFeed {
    /* TYPES */

    /// @notice What the home may sell. A battery sells as solar.
    enum MeterKind {
        Consumer,
        Solar,
        Chp,
        Battery
    }

    /// @notice The two registers of a meter.
    enum Register {
        Import,
        Export
    }

    /// @notice Both registers at one boundary, cumulative, in milliwatt-hours.
    struct Reading {
        uint112 importMilliWh;
        uint112 exportMilliWh;
    }

    /* ERRORS */

    /// @notice An interval of no length.
    error RegistryZeroInterval();

    /// @notice The ring's size is not a power of two, or is below two.
    error RegistryRingNotPowerOfTwo(uint32 ring);

    /// @notice A meter without a reporter could never report.
    error RegistryZeroReporter();

    /// @notice A meter with no maximum power could never rise.
    error RegistryZeroPower();

    /// @notice The caller is not the meter's reporter, or there is no such meter.
    error RegistryNotReporter(uint256 id, address caller);

    /// @notice The caller does not own the meter.
    error RegistryNotOwner(uint256 id, address caller);

    /// @notice Nobody has proposed another reporter for the meter, or its owner has decided since.
    error RegistryNoProposal(uint256 id);

    /// @notice The proposed reporter can be taken from this time on.
    error RegistryProposalWaits(uint256 id, uint256 from);

    /// @notice The boundary is not above the meter's last one.
    error RegistryBoundaryNotRising(uint256 id, uint32 boundary, uint32 last);

    /// @notice The boundary's time, in seconds since 1970, has not come yet.
    error RegistryBoundaryAhead(uint256 id, uint32 boundary, uint256 boundaryTime);

    /// @notice A register would fall, in milliwatt-hours.
    error RegistryRegisterFalls(uint256 id, Register register, uint112 reported, uint112 last);

    /// @notice A register would rise by more than the maximum power allows since the last reading, in milliwatt-hours.
    error RegistryRiseAboveMaximum(uint256 id, Register register, uint112 rise, uint256 most);

    /// @notice A batch is empty or longer than `MOST_READINGS`.
    error RegistryBatchLength(uint256 length, uint256 most);

    /// @notice A package is no whole number of readings of so many bytes, or they are none or more than most.
    error RegistryPackageLength(uint256 length, uint256 readingBytes, uint256 most);

    /// @notice A package is not signed by the meter's reporter, as what comes after this boundary.
    error RegistryReadingsNotSigned(uint256 id, uint32 previous);

    /// @notice More times than may be looked back.
    error RegistryTimesAboveMost(uint256 times, uint256 most);

    /// @notice A price of zero.
    error RegistryZeroPrice();

    /// @notice No price has been posted yet.
    error RegistryNoPrice();

    /* EVENTS */

    /// @notice A meter was installed; both its registers are 0 at `boundary`. Power in W.
    event MeterInstalled(
        uint256 indexed id,
        address indexed owner,
        address indexed reporter,
        MeterKind kind,
        uint32 maxPowerW,
        uint32 boundary
    );

    /// @notice A meter's reporter was replaced; the old key is dead.
    event ReporterChanged(uint256 indexed id, address indexed previous, address indexed reporter);

    /// @notice An installer proposed a reporter, who can be taken from this time on.
    event ReporterProposed(uint256 indexed id, address indexed reporter, uint64 from);

    /// @notice Which market counts a meter's readings: 0 the auction or none, 1 sharing.
    event MarketChanged(uint256 indexed id, uint8 market);

    /// @notice A meter's signed readings of the boundaries `first` to `last` were carried here; the registers are those
    /// at `last`, in milliwatt-hours. The readings between are in the transaction.
    event ReadingsCarried(
        uint256 indexed id,
        address indexed carrier,
        uint32 first,
        uint32 last,
        uint112 importMilliWh,
        uint112 exportMilliWh
    );

    /// @notice A meter's cumulative registers at a boundary, in milliwatt-hours.
    event MeterReported(uint256 indexed id, uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh);

    /// @notice The price in use from now on, in token base units per kilowatt-hour.
    event PricePosted(uint64 indexed round, uint64 pricePerKWh, uint64 updatedAt);

    /* CONSTANTS */

    /// @notice The role that installs meters and proposes reporters for those that are lost.
    function INSTALLER_ROLE() external view returns (bytes32);

    /// @notice The role that posts the price in use.
    function PRICE_ROLE() external view returns (bytes32);

    /// @notice The role of the contracts that say which market counts a meter.
    function MARKET_ROLE() external view returns (bytes32);

    /// @notice EIP-712 type of a package: `Readings(uint256 id,uint32 previous,uint32 first,bytes readings)`.
    function READINGS_TYPEHASH() external view returns (bytes32);

    /// @notice Seconds from one boundary to the next. Never changes.
    function INTERVAL() external view returns (uint32);

    /// @notice How many of a meter's newest boundaries can be read; a power of two. Never changes.
    function RING() external view returns (uint32);

    /// @notice Most readings in one batch.
    function MOST_READINGS() external view returns (uint256);

    /// @notice Most times that `risesBack` looks back.
    function MOST_TIMES() external view returns (uint256);

    /* INSTALL */

    /// @notice Create a meter whose registers are 0 at the last past boundary. Only `INSTALLER_ROLE`.
    /// @param owner The home's account, which receives the token (without a callback).
    /// @param reporter The key that reports; not zero.
    /// @param kind What the home may sell.
    /// @param maxPowerW Most power through the meter in either direction, in W, not zero.
    /// @return id The meter's id: one more than the last.
    function install(address owner, address reporter, MeterKind kind, uint32 maxPowerW) external returns (uint256 id);

    /// @notice Replace a meter's reporter, at once; a proposal of another ends by it. Only the meter's owner.
    /// @param id The meter.
    /// @param reporter The new key; not zero.
    function setReporter(uint256 id, address reporter) external;

    /// @notice Propose another reporter for a meter whose key is lost; a former proposal ends by it, and the time begins
    /// anew. Only `INSTALLER_ROLE`.
    /// @param id The meter.
    /// @param reporter The new key; not zero.
    function proposeReporter(uint256 id, address reporter) external;

    /// @notice Make the proposed reporter the meter's, an `INTERVAL` after it was proposed. Anybody may.
    /// @param id The meter.
    function takeReporter(uint256 id) external;

    /// @notice Say which market counts a meter's readings, so that no other pays for the same energy. Only
    /// `MARKET_ROLE`. Orders that stand already are not touched: whoever sets it looks further ahead than those reach.
    /// @param id The meter.
    /// @param market 0 = the auction or none, 1 = sharing; the auction takes no order of a meter with another than 0.
    function setMarket(uint256 id, uint8 market) external;

    /* REPORT */

    /// @notice Report both registers at one boundary. Only the meter's reporter.
    /// @dev The boundary is above the last one and has come; neither register falls; each rises by at most
    /// `(boundary - last) * INTERVAL * maxPowerW * 1000 / 3600` mWh, rounded down.
    /// @param id The meter.
    /// @param boundary The boundary that the reading was taken at.
    /// @param importMilliWh Energy into the home since ever, in milliwatt-hours.
    /// @param exportMilliWh Energy out of the home since ever, in milliwatt-hours.
    function report(uint256 id, uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh) external;

    /// @notice Report consecutive boundaries after an outage, under the same rules each; all or nothing. Only the
    /// meter's reporter.
    /// @param id The meter.
    /// @param first The boundary of the first reading; each next reading is one boundary later.
    /// @param readings 1 to `MOST_READINGS` readings.
    function reportMany(uint256 id, uint32 first, Reading[] calldata readings) external;

    /// @notice Report consecutive boundaries by what the meter's reporter signed, under the same rules each; all or
    /// nothing. Anybody may carry it. The signed text names the meter's last boundary, so a carrier can neither leave a
    /// package out nor bring a later one first. Signed by a key; a contract reports itself.
    /// @param id The meter.
    /// @param first The boundary of the first reading; each next reading is one boundary later.
    /// @param readings 1 to `MOST_READINGS` readings of 28 bytes: import and export, 14 bytes each, big-endian.
    /// @param signature 65 bytes r, s, v with a low s, over `readingsDigest` with the meter's last boundary.
    function reportSigned(uint256 id, uint32 first, bytes calldata readings, bytes calldata signature) external;

    /* PRICE */

    /// @notice Post the price in use. Only `PRICE_ROLE`.
    /// @param pricePerKWh Token base units per kilowatt-hour, not zero.
    function postPrice(uint64 pricePerKWh) external;

    /* VIEWS */

    /// @notice A meter's master data. Reverts for a meter that does not exist.
    /// @param id The meter.
    /// @return reporter The key that reports.
    /// @return lastBoundary Boundary of its newest reading.
    /// @return maxPowerW Most power in W.
    /// @return kind What the home may sell.
    function meters(uint256 id)
        external
        view
        returns (address reporter, uint32 lastBoundary, uint32 maxPowerW, MeterKind kind);

    /// @notice What a market asks of a meter, in one call. Reverts for a meter that does not exist.
    /// @param id The meter.
    /// @return owner The home's account.
    /// @return maxPowerW Most power in W.
    /// @return kind What the home may sell.
    /// @return market Which market counts it: 0 the auction or none, 1 sharing.
    function meterOf(uint256 id) external view returns (address owner, uint32 maxPowerW, MeterKind kind, uint8 market);

    /// @notice The reporter that an installer proposed for a meter, and from when it can be taken; zero if none.
    /// @param id The meter.
    function proposalOf(uint256 id) external view returns (address reporter, uint64 from);

    /// @notice How many meters were installed; also the highest id.
    function meterCount() external view returns (uint256);

    /// @notice A meter's newest reading. Reverts for a meter that does not exist.
    /// @param id The meter.
    /// @return boundary Its boundary.
    /// @return importMilliWh Import register in milliwatt-hours.
    /// @return exportMilliWh Export register in milliwatt-hours.
    function lastReading(uint256 id)
        external
        view
        returns (uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh);

    /// @notice A meter's reading at one boundary.
    /// @param id The meter.
    /// @param boundary The boundary.
    /// @return found Whether it was reported and is still in the ring; if not, the registers are 0 and mean nothing.
    /// @return importMilliWh Import register in milliwatt-hours.
    /// @return exportMilliWh Export register in milliwatt-hours.
    function readingAt(uint256 id, uint32 boundary)
        external
        view
        returns (bool found, uint112 importMilliWh, uint112 exportMilliWh);

    /// @notice A meter's energy in one interval: the difference of its two boundaries, exact.
    /// @param id The meter.
    /// @param interval The interval.
    /// @return found Whether both boundaries are found; if not, the energies are 0 and mean nothing.
    /// @return importMilliWh Energy into the home in milliwatt-hours.
    /// @return exportMilliWh Energy out of the home in milliwatt-hours.
    function delta(uint256 id, uint32 interval)
        external
        view
        returns (bool found, uint112 importMilliWh, uint112 exportMilliWh);

    /// @notice One register of a meter in the five results of a feed: round = boundary, answer = milliwatt-hours (with
    /// `decimals()` a number of kilowatt-hours), both times = the boundary's. Without arguments the same function is
    /// the price in use, in token base units per kilowatt-hour. Reverts for a meter that does not exist.
    /// @param id The meter.
    /// @param register Which register.
    /// @return roundId The boundary.
    /// @return answer The register in milliwatt-hours.
    /// @return startedAt Time of the boundary.
    /// @return updatedAt Time of the boundary.
    /// @return answeredInRound The boundary.
    function latestRoundData(uint256 id, Register register)
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);

    /// @notice What a meter's registers rose by in each of some intervals. Reverts for a meter that does not exist.
    /// @param id The meter.
    /// @param first The first interval.
    /// @param count How many.
    /// @return words One an interval, from the lowest bits: 1 in 32 bits if both its boundaries are found (else the word
    /// is 0), import 112, export 112, in milliwatt-hours.
    /// @return lastBoundary Boundary of the meter's newest reading.
    function rises(uint256 id, uint32 first, uint256 count)
        external
        view
        returns (uint256[] memory words, uint32 lastBoundary);

    /// @notice What a meter's registers rose by in the same window, so many steps before: `times` windows, each `step`
    /// boundaries before the other. One of which an end is not found is left out.
    /// @param id The meter.
    /// @param first The window's first boundary.
    /// @param length Boundaries from the window's first to its end.
    /// @param step Boundaries from one window to the one before it: a day's.
    /// @param times How often, at most `MOST_TIMES`; the first is one step back.
    /// @param skip Bit `d` (from the lowest, 0 unused) leaves out the window `d` steps back.
    /// @return importSum Sum of what the import register rose by, in milliwatt-hours.
    /// @return exportSum Sum of what the export register rose by, in milliwatt-hours.
    /// @return count How many windows are in the sums.
    function risesBack(uint256 id, uint32 first, uint32 length, uint32 step, uint256 times, uint256 skip)
        external
        view
        returns (uint256 importSum, uint256 exportSum, uint256 count);

    /// @notice What a reporter signs: the EIP-712 digest of a package, in the domain name `MeterRegistry`, version `1`,
    /// this chain, this contract.
    /// @param id The meter.
    /// @param previous The meter's last boundary when the package counts.
    /// @param first The boundary of the first reading.
    /// @param readings The package, as in `reportSigned`.
    function readingsDigest(uint256 id, uint32 previous, uint32 first, bytes calldata readings)
        external
        view
        returns (bytes32);
}
