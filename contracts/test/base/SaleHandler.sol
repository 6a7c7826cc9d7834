// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergySale} from "../../src/EnergySale.sol";
import {EnergyToken} from "../../src/EnergyToken.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {Cheats} from "./Cheats.sol";

/// @title A street of three homes that buy from and sell to each other, and a book of what must come of it.
/// @dev Every action is one that the sale must take; a refusal fails the run. What the sale must refuse is tried too,
/// and fails the run when it is taken.
contract SaleHandler is Cheats {
    /// @dev What is known of an order apart from the sale: filled from balances, never from its storage.
    struct Entry {
        uint256 buyer;
        uint256 seller;
        uint32 number;
        bool open;
        uint64 energy;
        uint64 price;
        uint64 drawn;
        uint64 refunded;
        uint256 moneyIn;
        uint256 toSeller;
        uint256 toBuyer;
    }

    uint256 public constant HOMES = 3;

    EnergySale public immutable SALE;
    EnergyToken public immutable TOKEN;

    string[3] private _names = ["home 1", "home 2", "home 3"];
    Entry[] private _book;
    Entry private _nothing;
    uint32 private _now = START;

    mapping(uint256 buyer => uint32 number) public greatestNumber;

    constructor(EnergyToken token_, EnergySale sale) {
        TOKEN = token_;
        SALE = sale;
    }

    /* ACTIONS */

    function postOffer(uint256 seller, uint64 price, uint64 available, uint64 least, uint32 duration) external {
        price = uint64(_bound(price, 1, 1e9));
        available = uint64(_bound(available, 0, 1e12));
        least = uint64(_bound(least, 1, 1e6));
        duration = uint32(_bound(duration, 60, 7 days));
        _warp();
        vm.prank(account(seller));
        SALE.postOffer(price, available, least, _now + 30 days, duration);
    }

    function open(uint256 buyer, uint256 seller, uint64 energy, uint8 skipped, uint8 way) external {
        buyer = buyer % HOMES;
        seller = (buyer + 1 + seller % (HOMES - 1)) % HOMES;
        uint32 number = greatestNumber[buyer] + 1 + skipped % 2;
        _warp();
        (uint64 price, uint64 available, uint64 least, uint32 until,) = SALE.offers(account(seller));
        if (available < least || until <= _now || _placeIsOpen(buyer, seller, number)) return;
        energy = uint64(_bound(energy, least, available));

        uint256 paid = _buy(account(buyer), account(seller), number, energy, price, way);

        greatestNumber[buyer] = number;
        Entry storage entry = _book.push();
        (entry.buyer, entry.seller, entry.number, entry.open) = (buyer, seller, number, true);
        (entry.energy, entry.price, entry.moneyIn) = (energy, price, paid);
    }

    function redeem(uint256 seed, uint64 drawn) external {
        (Entry storage entry, bool found) = _openEntry(seed);
        if (!found) return;
        drawn = uint64(_bound(drawn, entry.drawn + 1, entry.energy));
        _before(entry);
        bytes memory receipt = _receipt(entry, drawn);
        SALE.redeem(account(entry.buyer), account(entry.seller), entry.number, drawn, receipt);
        _after(entry, drawn, drawn == entry.energy);
    }

    function redeemAndClose(uint256 seed, uint64 drawn) external {
        (Entry storage entry, bool found) = _openEntry(seed);
        if (!found) return;
        drawn = uint64(_bound(drawn, entry.drawn, entry.energy));
        _before(entry);
        bytes memory receipt = _receipt(entry, drawn);
        vm.prank(account(entry.seller));
        SALE.redeemAndClose(account(entry.buyer), entry.number, drawn, receipt);
        _after(entry, drawn, true);
    }

    function acknowledge(uint256 seed, uint64 drawn) external {
        (Entry storage entry, bool found) = _openEntry(seed);
        if (!found) return;
        drawn = uint64(_bound(drawn, entry.drawn + 1, entry.energy));
        _before(entry);
        vm.prank(account(entry.buyer));
        SALE.acknowledge(account(entry.seller), entry.number, drawn);
        _after(entry, drawn, drawn == entry.energy);
    }

    function close(uint256 seed) external {
        (Entry storage entry, bool found) = _openEntry(seed);
        if (!found) return;
        _before(entry);
        vm.prank(account(entry.seller));
        SALE.close(account(entry.buyer), entry.number);
        _after(entry, entry.drawn, true);
    }

    /// @dev Everybody falls silent until the grace is over, and a stranger sends the rest back.
    function refund(uint256 seed) external {
        (Entry storage entry, bool found) = _openEntry(seed);
        if (!found) return;
        IEnergySale.Order memory order = SALE.orderAt(account(entry.buyer), account(entry.seller), entry.number);
        uint32 refundableAt = order.expires + SALE.GRACE();
        if (_now < refundableAt) _now = refundableAt;
        _before(entry);
        vm.prank(STRANGER);
        SALE.refund(account(entry.buyer), account(entry.seller), entry.number);
        _after(entry, entry.drawn, true);
    }

    function wait(uint32 time) external {
        _now += time % 2 days;
        _warp();
    }

    /// @dev Bring an old receipt again, of an order that is closed or that was paid further.
    function replay(uint256 seed, uint64 drawn) external {
        if (_book.length == 0) return;
        _warp();
        Entry storage entry = _book[seed % _book.length];
        drawn = uint64(_bound(drawn, 0, entry.open ? entry.drawn : entry.energy));
        bytes memory receipt = _receipt(entry, drawn);
        try SALE.redeem(account(entry.buyer), account(entry.seller), entry.number, drawn, receipt) {
            revert("an old receipt was paid again");
        } catch {}
    }

    /// @dev Open with a number that was used, or into a place that is open, as a node without its journal would.
    function openAgain(uint256 seed, bool nextOfParity) external {
        if (_book.length == 0) return;
        _warp();
        Entry storage entry = _book[seed % _book.length];
        uint32 number = entry.number;
        if (nextOfParity) {
            if (!entry.open) return;
            number = greatestNumber[entry.buyer] + 1;
            if (number % 2 != entry.number % 2) ++number;
        }
        bytes memory data = abi.encode(
            IEnergySale.Purchase({
                seller: account(entry.seller),
                number: number,
                energyMilliWh: entry.energy,
                maxPricePerKWh: type(uint64).max,
                maxDurationSeconds: type(uint32).max
            })
        );
        vm.prank(account(entry.buyer));
        try TOKEN.approveAndCall(address(SALE), type(uint128).max, data) {
            revert("a place or a number was used twice");
        } catch {}
    }

    /* VIEWS */

    function account(uint256 home) public view returns (address) {
        return vm.addr(_key(_names[home % HOMES]));
    }

    function bookLength() external view returns (uint256) {
        return _book.length;
    }

    function bookEntry(uint256 index) external view returns (Entry memory) {
        return _book[index];
    }

    /* INTERNAL */

    function _buy(address buyer, address seller, uint32 number, uint64 energy, uint64 price, uint8 way)
        private
        returns (uint256)
    {
        IEnergySale.Purchase memory purchase = IEnergySale.Purchase({
            seller: seller,
            number: number,
            energyMilliWh: energy,
            maxPricePerKWh: price,
            maxDurationSeconds: type(uint32).max
        });
        uint256 cost = (uint256(energy) * price + 999_999) / 1_000_000;
        uint256 before = TOKEN.balanceOf(buyer);
        vm.startPrank(buyer);
        // A value above the cost is the buyer's margin for a dearer offer; only the cost may be pulled.
        if (way % 3 == 0) {
            TOKEN.approveAndCall(address(SALE), cost + number, abi.encode(purchase));
        } else if (way % 3 == 1) {
            TOKEN.transferAndCall(address(SALE), cost, abi.encode(purchase));
        } else {
            TOKEN.approve(address(SALE), cost + number);
            SALE.open(purchase);
        }
        vm.stopPrank();
        return before - TOKEN.balanceOf(buyer);
    }

    /// @dev Subtract the balances before the call; `_after` adds those after it, so only the difference stays.
    function _before(Entry storage entry) private {
        _warp();
        unchecked {
            entry.toSeller -= TOKEN.balanceOf(account(entry.seller));
            entry.toBuyer -= TOKEN.balanceOf(account(entry.buyer));
        }
    }

    function _after(Entry storage entry, uint64 drawn, bool ended) private {
        unchecked {
            entry.toSeller += TOKEN.balanceOf(account(entry.seller));
            entry.toBuyer += TOKEN.balanceOf(account(entry.buyer));
        }
        entry.drawn = drawn;
        if (ended) (entry.open, entry.refunded) = (false, entry.energy - drawn);
    }

    function _warp() private {
        vm.warp(_now);
    }

    function _openEntry(uint256 seed) private view returns (Entry storage entry, bool found) {
        uint256 length = _book.length;
        entry = _nothing;
        for (uint256 i = 0; i < length; ++i) {
            Entry storage candidate = _book[(seed % length + i) % length];
            if (candidate.open) return (candidate, true);
        }
    }

    function _placeIsOpen(uint256 buyer, uint256 seller, uint32 number) private view returns (bool) {
        for (uint256 i = 0; i < _book.length; ++i) {
            Entry storage entry = _book[i];
            if (entry.open && entry.buyer == buyer && entry.seller == seller && entry.number % 2 == number % 2) {
                return true;
            }
        }
        return false;
    }

    function _receipt(Entry storage entry, uint64 drawn) private view returns (bytes memory) {
        bytes32 digest = SALE.receiptDigest(account(entry.buyer), account(entry.seller), entry.number, drawn);
        return _sign(_names[entry.buyer], digest);
    }
}
