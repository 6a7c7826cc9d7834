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
/// - `INSTALLER_ROLE` installs meters and replaces a reporter's key. It cannot alter or add a reading itself, nor take
///   a meter away; a key that it installs can report like any other, forward and under the maximum power only.
/// - `PRICE_ROLE` posts the price in use.
/// - A meter's owner replaces its reporter, and may transfer the meter. A transfer changes no reading and no reporter:
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

    /// @notice The caller may not replace the meter's reporter.
    error RegistryNotOwnerOrInstaller(uint256 id, address caller);

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

    /// @notice A meter's cumulative registers at a boundary, in milliwatt-hours.
    event MeterReported(uint256 indexed id, uint32 boundary, uint112 importMilliWh, uint112 exportMilliWh);

    /// @notice The price in use from now on, in token base units per kilowatt-hour.
    event PricePosted(uint64 indexed round, uint64 pricePerKWh, uint64 updatedAt);

    /* CONSTANTS */

    /// @notice The role that installs meters and replaces lost reporters.
    function INSTALLER_ROLE() external view returns (bytes32);

    /// @notice The role that posts the price in use.
    function PRICE_ROLE() external view returns (bytes32);

    /// @notice Seconds from one boundary to the next. Never changes.
    function INTERVAL() external view returns (uint32);

    /// @notice How many of a meter's newest boundaries can be read; a power of two. Never changes.
    function RING() external view returns (uint32);

    /// @notice Most readings in one batch.
    function MOST_READINGS() external view returns (uint256);

    /* INSTALL */

    /// @notice Create a meter whose registers are 0 at the last past boundary. Only `INSTALLER_ROLE`.
    /// @param owner The home's account, which receives the token (without a callback).
    /// @param reporter The key that reports; not zero.
    /// @param kind What the home may sell.
    /// @param maxPowerW Most power through the meter in either direction, in W, not zero.
    /// @return id The meter's id: one more than the last.
    function install(address owner, address reporter, MeterKind kind, uint32 maxPowerW) external returns (uint256 id);

    /// @notice Replace a meter's reporter, at once. Only the meter's owner or `INSTALLER_ROLE`.
    /// @param id The meter.
    /// @param reporter The new key; not zero.
    function setReporter(uint256 id, address reporter) external;

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
}
