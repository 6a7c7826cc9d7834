// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnergyToken} from "../../src/EnergyToken.sol";
import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";

/// @title What a receiver of `HookedToken` may implement.
interface IPaid {
    function onPaid() external;
}

/// @title A token that is not allowed here: plain transfers call the receiver.
contract HookedToken is EnergyToken {
    constructor(address admin) EnergyToken("Hooked", "HOOK", admin) {}

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        // Whether the receiver likes it makes no difference to the transfer.
        if (to.code.length == 0) return;
        try IPaid(to).onPaid() {} catch {}
    }
}

/// @title A seller that tries to be paid again while it is being paid.
contract GreedySeller is IPaid {
    IEnergySale private immutable _SALE;
    address private immutable _BUYER;
    bytes private _receipt;
    uint64 private _drawn;

    uint256 public tries;
    uint256 public successes;

    constructor(IEnergySale sale, address buyer) {
        _SALE = sale;
        _BUYER = buyer;
    }

    function offer(uint64 price, uint64 available, uint32 until) external {
        _SALE.postOffer(price, available, 1, until, 1 hours);
    }

    function cashIn(uint64 drawn, bytes calldata receipt) external {
        (_drawn, _receipt) = (drawn, receipt);
        _SALE.redeemAndClose(_BUYER, 1, drawn, receipt);
    }

    function onPaid() external {
        ++tries;
        try _SALE.redeem(_BUYER, address(this), 1, _drawn, _receipt) {
            ++successes;
        } catch {}
        try _SALE.redeemAndClose(_BUYER, 1, _drawn, _receipt) {
            ++successes;
        } catch {}
        try _SALE.close(_BUYER, 1) {
            ++successes;
        } catch {}
    }
}
