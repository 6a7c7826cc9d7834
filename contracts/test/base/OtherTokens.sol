// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnergySale} from "../../src/interfaces/IEnergySale.sol";
import {OldToken, OtherToken} from "./OldToken.sol";

/// @title A token whose functions answer nothing.
contract SilentToken is OtherToken {
    function approve(address spender, uint256 value) external {
        _approve(spender, value);
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        _spend(from, to, value);
    }
}

/// @title A token that says no with an answer, and not by a refusal.
contract FalseToken is OldToken {
    function transferFrom(address, address, uint256) external pure override returns (bool) {
        return false;
    }
}

/// @title A token that says yes and does nothing.
contract LyingToken is OldToken {
    function transferFrom(address, address, uint256) external pure override returns (bool) {
        return true;
    }
}

/// @title A token that keeps a hundredth of each transfer.
contract TakingToken is OldToken {
    function _move(address from, address to, uint256 value) internal override {
        balanceOf[from] -= value;
        balanceOf[to] += value - value / 100;
    }
}

/// @title A token that calls whose money an allowance is about to move, as ERC-777 does.
contract CallingToken is OldToken {
    function transferFrom(address from, address to, uint256 value) external override returns (bool) {
        if (from.code.length != 0) Accomplice(from).onPaying();
        _spend(from, to, value);
        return true;
    }
}

/// @title A buyer that has its order closed, and so paid back, before it has paid.
contract Accomplice {
    IEnergySale private immutable _SALE;
    OldToken private immutable _TOKEN;

    AccompliceSeller private _seller;
    uint256 public tries;

    constructor(IEnergySale sale, OldToken token) {
        (_SALE, _TOKEN) = (sale, token);
    }

    function buy(AccompliceSeller seller, IEnergySale.Purchase calldata purchase) external {
        _seller = seller;
        _TOKEN.approve(address(_SALE), type(uint256).max);
        _SALE.open(purchase);
    }

    function onPaying() external {
        ++tries;
        _seller.close(address(this), 1);
    }
}

/// @title A seller that closes what its buyer asks it to.
contract AccompliceSeller {
    IEnergySale private immutable _SALE;

    constructor(IEnergySale sale) {
        _SALE = sale;
    }

    function offer(uint64 price, uint64 available, uint32 until) external {
        _SALE.postOffer(price, available, 1, until, 1 hours);
    }

    function close(address buyer, uint32 number) external {
        _SALE.close(buyer, number);
    }
}
