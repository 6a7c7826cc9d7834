// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IEnergySale} from "./interfaces/IEnergySale.sol";
import {EnergyMoney} from "./libraries/EnergyMoney.sol";

/// @title EnergySale, a neighbour's energy at a posted price, paid by what was drawn.
/// @dev Invariants: tokens in = tokens out + escrow (the balance covers the escrow of all open orders); energy bought =
/// energy drawn + energy refunded + energy open, per order; drawn is at most bought; a closed order never pays, so no
/// receipt pays twice; numbers rise by one or two; nobody's funds can be stuck; only the buyer's own call or signature
/// spends its money, its allowance or its numbers.
contract EnergySale is EIP712, IEnergySale {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /* CONSTANTS AND IMMUTABLES */

    /// @inheritdoc IEnergySale
    bytes32 public constant RECEIPT_TYPEHASH =
        keccak256("Receipt(address buyer,address seller,uint32 number,uint64 drawnMilliwh)");

    /// @inheritdoc IEnergySale
    /// @dev Shorter than a few blocks, an order could expire before it is seen.
    uint256 public constant LEAST_DURATION = 60 seconds;

    /// @inheritdoc IEnergySale
    /// @dev Longer, and a silent seller would lock a buyer's money up for what nobody plans in energy.
    uint256 public constant MOST_DURATION = 7 days;

    /// @inheritdoc IEnergySale
    IERC20 public immutable TOKEN;

    /// @inheritdoc IEnergySale
    uint32 public immutable GRACE;

    /// @dev A `Purchase` is five words; anything else is somebody's mistake and is refused by name.
    uint256 private constant _PURCHASE_BYTES = 5 * _WORD_BYTES;

    /// @dev The most that an order's number may lie above the buyer's last: two parities, and nothing out of reach.
    uint256 private constant _MOST_STEP = 2;

    /// @dev Bytes in a word of the ABI.
    uint256 private constant _WORD_BYTES = 32;

    /* STORAGE */

    /// @inheritdoc IEnergySale
    mapping(address seller => Offer offer) public offers;

    /// @inheritdoc IEnergySale
    mapping(address buyer => uint32 number) public lastNumber;

    mapping(address buyer => mapping(address seller => mapping(uint256 parity => Order order))) private _orders;

    /* CONSTRUCTOR */

    /// @param token The money: an ERC-20 token whose plain transfers call nobody and move exactly their value.
    /// @param grace Seconds after expiry before a refund, `LEAST_DURATION` to `MOST_DURATION`.
    constructor(IERC20 token, uint32 grace) EIP712("EnergySale", "1") {
        require(address(token).code.length != 0, SaleTokenWithoutCode(address(token)));
        require(
            grace >= LEAST_DURATION && grace <= MOST_DURATION, SaleGraceOutOfRange(grace, LEAST_DURATION, MOST_DURATION)
        );

        TOKEN = token;
        GRACE = grace;
    }

    /* PUBLISH */

    /// @inheritdoc IEnergySale
    function postOffer(uint64 price, uint64 available, uint64 least, uint32 until, uint32 duration) external {
        require(price != 0, SaleZeroPrice());
        require(least != 0, SaleZeroLeast());
        require(
            duration >= LEAST_DURATION && duration <= MOST_DURATION,
            SaleDurationOutOfRange(duration, LEAST_DURATION, MOST_DURATION)
        );

        offers[msg.sender] = Offer({
            pricePerKWh: price,
            availableMilliWh: available,
            leastMilliWh: least,
            validUntil: until,
            durationSeconds: duration
        });
        emit OfferPosted(msg.sender, price, available, least, until, duration);
    }

    /* BUY */

    /// @inheritdoc IEnergySale
    function open(Purchase calldata purchase) external {
        uint256 charge = _open(msg.sender, purchase);

        _pull(msg.sender, charge);
    }

    /// @inheritdoc IEnergySale
    function receiveApproval(address owner, uint256 value, address, bytes calldata data) external {
        uint256 charge = _openByApproval(owner, value, data);

        _pull(owner, charge);
    }

    /// @inheritdoc IERC1363Spender
    function onApprovalReceived(address owner, uint256 value, bytes calldata data) external returns (bytes4) {
        uint256 charge = _openByApproval(owner, value, data);

        // The token itself says that `owner` approved in this very call, with this purchase.
        // slither-disable-next-line arbitrary-send-erc20
        TOKEN.safeTransferFrom(owner, address(this), charge);
        return IERC1363Spender.onApprovalReceived.selector;
    }

    /// @inheritdoc IERC1363Receiver
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        uint256 charge = _open(from, _purchaseIn(data));
        // A transfer of nothing needs no allowance, and an allowance for something else must not buy energy.
        require(operator == from, SaleNotByBuyer(operator, from));
        require(charge == value, SaleChargeNotValue(charge, value));

        return IERC1363Receiver.onTransferReceived.selector;
    }

    /* SETTLE */

    /// @inheritdoc IEnergySale
    function redeem(address buyer, address seller, uint32 number, uint64 drawn, bytes calldata signature) external {
        (Order storage place, Order memory order) = _openOrder(buyer, seller, number);
        _requireRise(order, drawn);
        _requireReceipt(buyer, seller, number, drawn, signature);

        _settle(buyer, seller, place, order, drawn, drawn == order.energyMilliWh);
    }

    /// @inheritdoc IEnergySale
    function redeemAndClose(address buyer, uint32 number, uint64 drawn, bytes calldata signature) external {
        (Order storage place, Order memory order) = _openOrder(buyer, msg.sender, number);
        if (drawn != order.drawnMilliWh) _requireRise(order, drawn);
        _requireReceipt(buyer, msg.sender, number, drawn, signature);

        _settle(buyer, msg.sender, place, order, drawn, true);
    }

    /// @inheritdoc IEnergySale
    function acknowledge(address seller, uint32 number, uint64 drawn) external {
        (Order storage place, Order memory order) = _openOrder(msg.sender, seller, number);
        _requireRise(order, drawn);

        _settle(msg.sender, seller, place, order, drawn, drawn == order.energyMilliWh);
    }

    /// @inheritdoc IEnergySale
    function close(address buyer, uint32 number) external {
        (Order storage place, Order memory order) = _openOrder(buyer, msg.sender, number);

        _settle(buyer, msg.sender, place, order, order.drawnMilliWh, true);
    }

    /// @inheritdoc IEnergySale
    function refund(address buyer, address seller, uint32 number) external {
        (Order storage place, Order memory order) = _openOrder(buyer, seller, number);
        uint256 refundableAt = uint256(order.expires) + GRACE;
        require(block.timestamp >= refundableAt, SaleGraceRunning(refundableAt));

        _settle(buyer, seller, place, order, order.drawnMilliWh, true);
    }

    /* VIEWS */

    /// @inheritdoc IEnergySale
    function orderAt(address buyer, address seller, uint32 number) public view returns (Order memory order) {
        Order memory held = _placeOf(buyer, seller, number);
        // The place may hold a later number by now, and what stands there is not this order's.
        if (held.number == number) order = held;
    }

    /// @inheritdoc IEnergySale
    function ordersOf(address buyer, address seller) external view returns (Order memory even, Order memory odd) {
        return (_placeOf(buyer, seller, 0), _placeOf(buyer, seller, 1));
    }

    /// @inheritdoc IEnergySale
    function escrowOf(address buyer, address seller, uint32 number) external view returns (uint256) {
        Order memory order = orderAt(buyer, seller, number);
        if (order.energyMilliWh == 0) return 0;
        return EnergyMoney.costUp(order.energyMilliWh, order.pricePerKWh)
            - EnergyMoney.proceedsDown(order.drawnMilliWh, order.pricePerKWh);
    }

    /// @inheritdoc IEnergySale
    function costUp(uint64 energy, uint64 price) external pure returns (uint256) {
        return EnergyMoney.costUp(energy, price);
    }

    /// @inheritdoc IEnergySale
    function proceedsDown(uint64 energy, uint64 price) external pure returns (uint256) {
        return EnergyMoney.proceedsDown(energy, price);
    }

    /// @inheritdoc IEnergySale
    function receiptDigest(address buyer, address seller, uint32 number, uint64 drawn) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, buyer, seller, number, drawn)));
    }

    /* INTERNAL */

    /// @dev Open the order that `owner` approved `value` for, and tell its charge, which is no more than that.
    function _openByApproval(address owner, uint256 value, bytes calldata data) private returns (uint256 charge) {
        charge = _open(owner, _purchaseIn(data));
        require(charge <= value, SaleChargeAboveValue(charge, value));
    }

    /// @dev Take the charge of `owner`, who called, or for whom an older token did: one that may keep a part of what it
    /// moves. All is written before: what a token calls meanwhile finds the order open, and the balance must be what it
    /// was and the charge in the end.
    function _pull(address owner, uint256 charge) private {
        uint256 before = TOKEN.balanceOf(address(this));
        // slither-disable-next-line arbitrary-send-erc20
        TOKEN.safeTransferFrom(owner, address(this), charge);
        // slither-disable-next-line incorrect-equality
        require(TOKEN.balanceOf(address(this)) == before + charge, SaleChargeNotReceived(charge));
    }

    /// @dev Open an order for `buyer`, without moving money, and tell its charge in base units. Whoever calls knows
    /// that `buyer` agreed: it called, or the token says so.
    function _open(address buyer, Purchase memory purchase) private returns (uint256 charge) {
        (address seller, uint32 number, uint64 energy) = (purchase.seller, purchase.number, purchase.energyMilliWh);
        uint32 last = lastNumber[buyer];
        require(number > last && number - last <= _MOST_STEP, SaleNumberStep(number, last));
        require(seller != buyer, SaleOwnOffer(seller));
        Offer memory offer = offers[seller];
        _requireTaken(offer, purchase);
        Order storage place = _placeOf(buyer, seller, number);
        require(place.energyMilliWh == 0, SaleOrderOpen(place.number));

        uint64 price = offer.pricePerKWh;
        uint32 expires = (block.timestamp + offer.durationSeconds).toUint32();
        charge = EnergyMoney.costUp(energy, price);

        lastNumber[buyer] = number;
        offers[seller].availableMilliWh = offer.availableMilliWh - energy;
        _orders[buyer][seller][number & 1] =
            Order({energyMilliWh: energy, drawnMilliWh: 0, pricePerKWh: price, number: number, expires: expires});
        emit OrderOpened(buyer, seller, number, energy, price, expires);
    }

    /// @dev The one way to money: pay the seller up to `drawn`, and the buyer the rest if the order ends here. What the
    /// seller had is a floor of a cumulative product, so receipts may be split at will without drift.
    function _settle(address buyer, address seller, Order storage place, Order memory order, uint64 drawn, bool ends)
        private
    {
        uint256 earned = EnergyMoney.proceedsDown(drawn, order.pricePerKWh);
        uint256 paid = earned - EnergyMoney.proceedsDown(order.drawnMilliWh, order.pricePerKWh);
        uint256 rest = ends ? EnergyMoney.costUp(order.energyMilliWh, order.pricePerKWh) - earned : 0;
        bool rises = drawn != order.drawnMilliWh;

        place.drawnMilliWh = drawn;
        // Closed is energy 0: the slot stays used, so the next order in it costs a quarter.
        if (ends) place.energyMilliWh = 0;
        if (rises) emit OrderRedeemed(buyer, seller, order.number, drawn, paid);
        if (ends) emit OrderClosed(buyer, seller, order.number, drawn, rest);

        if (paid != 0) TOKEN.safeTransfer(seller, paid);
        if (rest != 0) TOKEN.safeTransfer(buyer, rest);
    }

    /// @dev What the caller says with a payment; it must be the token, whose word alone proves that the buyer agreed.
    function _purchaseIn(bytes calldata data) private view returns (Purchase memory) {
        require(msg.sender == address(TOKEN), SaleNotToken(msg.sender));
        require(data.length == _PURCHASE_BYTES, SalePurchaseMalformed(data.length));
        return abi.decode(data, (Purchase));
    }

    function _openOrder(address buyer, address seller, uint32 number)
        private
        view
        returns (Order storage place, Order memory order)
    {
        place = _placeOf(buyer, seller, number);
        order = place;
        require(order.number == number && order.energyMilliWh != 0, SaleOrderNotOpen(buyer, seller, number));
    }

    function _placeOf(address buyer, address seller, uint32 number) private view returns (Order storage) {
        return _orders[buyer][seller][number & 1];
    }

    function _requireReceipt(address buyer, address seller, uint32 number, uint64 drawn, bytes calldata signature)
        private
        view
    {
        bytes32 digest = receiptDigest(buyer, seller, number, drawn);
        // The third result only explains a failure, and a failure is answered below.
        // slither-disable-next-line unused-return
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && signer == buyer) return;
        // Key first and contract second: an account with delegated code may still sign with its key.
        require(_acceptsAsContract(buyer, digest, signature), SaleReceiptNotSigned(buyer));
    }

    /// @dev ERC-1271 by hand: the library's checker needs a later EVM, and a typed call would let a wrong answer revert
    /// without a name. Static, so the buyer's code can change nothing from here.
    function _acceptsAsContract(address buyer, bytes32 digest, bytes calldata signature) private view returns (bool) {
        if (buyer.code.length == 0) return false;
        // slither-disable-next-line low-level-calls
        (bool answered, bytes memory answer) =
            buyer.staticcall(abi.encodeCall(IERC1271.isValidSignature, (digest, signature)));
        return answered && answer.length >= _WORD_BYTES
            && abi.decode(answer, (bytes32)) == bytes32(IERC1271.isValidSignature.selector);
    }

    function _requireTaken(Offer memory offer, Purchase memory purchase) private view {
        require(block.timestamp < offer.validUntil, SaleOfferExpired(purchase.seller, offer.validUntil));
        require(
            offer.pricePerKWh <= purchase.maxPricePerKWh,
            SalePriceAboveLimit(offer.pricePerKWh, purchase.maxPricePerKWh)
        );
        require(
            offer.durationSeconds <= purchase.maxDurationSeconds,
            SaleDurationAboveLimit(offer.durationSeconds, purchase.maxDurationSeconds)
        );
        require(
            purchase.energyMilliWh >= offer.leastMilliWh,
            SaleEnergyBelowLeast(purchase.energyMilliWh, offer.leastMilliWh)
        );
        require(
            purchase.energyMilliWh <= offer.availableMilliWh,
            SaleEnergyAboveAvailable(purchase.energyMilliWh, offer.availableMilliWh)
        );
    }

    /* PURE */

    function _requireRise(Order memory order, uint64 drawn) private pure {
        require(drawn > order.drawnMilliWh, SaleDrawnNotRising(drawn, order.drawnMilliWh));
        require(drawn <= order.energyMilliWh, SaleDrawnAboveEnergy(drawn, order.energyMilliWh));
    }
}
