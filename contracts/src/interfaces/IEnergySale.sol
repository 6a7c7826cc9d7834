// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A neighbour's energy now, at a posted price, prepaid in escrow, paid by what was drawn.
/// @notice A seller posts an offer. A buyer opens an order by `token.approveAndCall(sale, value, abi.encode(purchase))`
/// or `token.transferAndCall(...)`, one transaction; where the token has no such call, by `token.approve` and `open`. While
/// it draws it signs receipts of the energy drawn so far; the
/// seller is paid for the greatest receipt that anybody brings; the rest returns to the buyer.
///
/// Energy is in milliwatt-hours, a price in token base units per kilowatt-hour, money in base units, times in seconds
/// since 1970. A buyer pays `costUp` (rounded up) into escrow; a seller of `drawn` has received `proceedsDown(drawn)`
/// (rounded down) in all, however many receipts that took; the buyer gets exactly the rest.
///
/// Two places per pair of buyer and seller, by the parity of the order's number: the order being drawn and its
/// successor, each with its own fixed price. A place is closed, then open, then closed again: when all is drawn, when
/// the seller closes, or when it is refunded. A closed place keeps its number, with energy 0, until it is reused.
///
/// Deadlines: a buyer may draw until `expires`. A receipt counts until the place is closed. From `expires + GRACE`
/// anybody may send the rest back to the buyer, so silence on either side locks nothing up.
///
/// Powers: none. No owner, no role, no pause, no upgrade. Everything is immutable.
///
/// Warning: the seller risks the energy since its last receipt, the buyer nothing beyond its escrow.
/// Warning: a buyer that is a contract signs by ERC-1271, and may change its mind about a signature until it has been
/// redeemed: redeem such receipts often.
interface IEnergySale is IERC1363Receiver, IERC1363Spender {
    /* TYPES */

    /// @notice What a seller offers, to everybody.
    struct Offer {
        /// Token base units per kilowatt-hour.
        uint64 pricePerKWh;
        /// Energy still for sale; 0 = withdrawn. Falls with every order and does not rise when an order closes.
        uint64 availableMilliWh;
        /// Least energy of an order, at least 1.
        uint64 leastMilliWh;
        /// No order opens at or after this time.
        uint32 validUntil;
        /// Seconds that an order may be drawn for.
        uint32 durationSeconds;
    }

    /// @notice One place of a pair.
    struct Order {
        /// Energy bought; 0 = closed.
        uint64 energyMilliWh;
        /// Energy that receipts have paid for.
        uint64 drawnMilliWh;
        /// The offer's price when the order opened, in base units per kilowatt-hour.
        uint64 pricePerKWh;
        /// Whose the place is; 0 = never used.
        uint32 number;
        /// Drawing ends here.
        uint32 expires;
    }

    /// @notice The `data` of both callbacks, as `abi.encode(purchase)`: five words.
    struct Purchase {
        address seller;
        /// One or two above the buyer's last number; its parity names the place.
        uint32 number;
        uint64 energyMilliWh;
        /// The buyer's price limit, in base units per kilowatt-hour; the order has the offer's price.
        uint64 maxPricePerKWh;
        /// The longest that the buyer lets the order run; the order has the offer's duration.
        uint32 maxDurationSeconds;
    }

    /* ERRORS */

    /// @notice The token's address has no code.
    error SaleTokenWithoutCode(address token);

    /// @notice The grace, in seconds, is not within these limits.
    error SaleGraceOutOfRange(uint256 grace, uint256 least, uint256 most);

    /// @notice An offer's price is zero.
    error SaleZeroPrice();

    /// @notice An offer's least order is zero.
    error SaleZeroLeast();

    /// @notice An offer's duration, in seconds, is not within these limits.
    error SaleDurationOutOfRange(uint256 duration, uint256 least, uint256 most);

    /// @notice Only the token may call back.
    error SaleNotToken(address caller);

    /// @notice `data` is not one `Purchase`, by its length in bytes.
    error SalePurchaseMalformed(uint256 length);

    /// @notice Numbers rise per buyer, by one or two; read `lastNumber`.
    error SaleNumberStep(uint32 number, uint32 last);

    /// @notice A purchase by a transfer is the buyer's own call, whatever allowance another has.
    error SaleNotByBuyer(address operator, address from);

    /// @notice Nobody buys from itself.
    error SaleOwnOffer(address seller);

    /// @notice The seller has no offer, or it ended at this time.
    error SaleOfferExpired(address seller, uint32 validUntil);

    /// @notice The seller asks more than the buyer's limit, in base units per kilowatt-hour.
    error SalePriceAboveLimit(uint64 asked, uint64 limit);

    /// @notice The seller's orders run for longer than the buyer's limit, in seconds.
    error SaleDurationAboveLimit(uint32 offered, uint32 limit);

    /// @notice Less than the offer's least order, in milliwatt-hours.
    error SaleEnergyBelowLeast(uint64 energyMilliWh, uint64 leastMilliWh);

    /// @notice More than the offer has left, in milliwatt-hours.
    error SaleEnergyAboveAvailable(uint64 energyMilliWh, uint64 availableMilliWh);

    /// @notice The place of this parity still holds this open order.
    error SaleOrderOpen(uint32 number);

    /// @notice The charge is above the value approved, in base units.
    error SaleChargeAboveValue(uint256 charge, uint256 value);

    /// @notice The value transferred is not exactly the charge, in base units.
    error SaleChargeNotValue(uint256 charge, uint256 value);

    /// @notice The token did not move exactly the charge, in base units: it keeps a part, or calls whom it pays.
    error SaleChargeNotReceived(uint256 charge);

    /// @notice No open order has this number between these two.
    error SaleOrderNotOpen(address buyer, address seller, uint32 number);

    /// @notice The energy drawn is not above what was redeemed already, in milliwatt-hours.
    error SaleDrawnNotRising(uint64 drawnMilliWh, uint64 redeemedMilliWh);

    /// @notice More drawn than bought, in milliwatt-hours.
    error SaleDrawnAboveEnergy(uint64 drawnMilliWh, uint64 energyMilliWh);

    /// @notice The signature is not the buyer's, on exactly this receipt.
    error SaleReceiptNotSigned(address buyer);

    /// @notice A refund is possible from this time on.
    error SaleGraceRunning(uint256 refundableAt);

    /* EVENTS */

    /// @notice An offer replaced the seller's former one. Base units per kilowatt-hour, milliwatt-hours, seconds.
    event OfferPosted(
        address indexed seller, uint64 price, uint64 available, uint64 least, uint32 until, uint32 duration
    );

    /// @notice An order was opened and its escrow paid in. Milliwatt-hours, base units per kilowatt-hour.
    event OrderOpened(
        address indexed buyer, address indexed seller, uint32 number, uint64 energy, uint64 price, uint32 expires
    );

    /// @notice The seller was paid up to `drawn` milliwatt-hours, this time `paid` base units (0 is possible).
    event OrderRedeemed(address indexed buyer, address indexed seller, uint32 number, uint64 drawn, uint256 paid);

    /// @notice An order ended at `drawn` milliwatt-hours; `returned` base units went back to the buyer.
    event OrderClosed(address indexed buyer, address indexed seller, uint32 number, uint64 drawn, uint256 returned);

    /* CONSTANTS */

    /// @notice The money. Never changes.
    function TOKEN() external view returns (IERC20);

    /// @notice Seconds after `expires` before an order can be refunded. Never changes.
    function GRACE() external view returns (uint32);

    /// @notice Shortest duration of an order, and shortest grace, in seconds.
    function LEAST_DURATION() external view returns (uint256);

    /// @notice Longest duration of an order, and longest grace, in seconds.
    function MOST_DURATION() external view returns (uint256);

    /// @notice EIP-712 type of a receipt:
    /// `Receipt(address buyer,address seller,uint32 number,uint64 drawnMilliwh)`.
    function RECEIPT_TYPEHASH() external view returns (bytes32);

    /* PUBLISH */

    /// @notice Replace the caller's offer. Orders that are open keep their price.
    /// @param price Base units per kilowatt-hour, not zero.
    /// @param available Energy for sale in milliwatt-hours; 0 withdraws the offer.
    /// @param least Least energy of an order in milliwatt-hours, not zero. A high one keeps dust orders away.
    /// @param until No order opens at or after this time.
    /// @param duration Seconds that an order may be drawn for, `LEAST_DURATION` to `MOST_DURATION`.
    function postOffer(uint64 price, uint64 available, uint64 least, uint32 until, uint32 duration) external;

    /* BUY */

    // With a token of ERC-1363 the two callbacks of the standard are what one buys by, and only the token may call them:
    //
    // - `onApprovalReceived(owner, value, data)`, from `approveAndCall`: the buyer is `owner`; `value` is at least the
    //   cost. Exactly the cost is pulled; what is left of the approval stays, and only the buyer's own call spends it.
    // - `onTransferReceived(operator, from, value, data)`, from `transferAndCall`: the buyer is `from`, and `operator`
    //   must be too: `transferFromAndCall` by somebody else buys nothing, with an allowance or without; `value` is
    //   exactly the cost.
    //
    // `data` is `abi.encode(purchase)`, the cost is `costUp(purchase.energyMilliWh, offer's price)`.

    /// @notice As `onApprovalReceived`, from the `approveAndCall` of tokens that are older than ERC-1363.
    /// @param owner The buyer.
    /// @param value What it approved, at least the cost.
    /// @param token What such a token says of itself; not looked at, for only the token may call.
    /// @param data `abi.encode(purchase)`.
    function receiveApproval(address owner, uint256 value, address token, bytes calldata data) external;

    /// @notice The caller buys; exactly the cost is pulled from what it has approved before, by the token's `approve`.
    /// With any ERC-20 token. Whoever else is approved, or approves, opens nothing for the caller.
    /// @param purchase What it buys.
    function open(Purchase calldata purchase) external;

    /* SETTLE */

    /// @notice Pay the seller up to a receipt of the buyer. Anybody may bring it: only the seller is paid. Closes the
    /// order when all is drawn, and then returns what rounding left to the buyer.
    /// @param buyer Who signed.
    /// @param seller Who is paid.
    /// @param number The open order.
    /// @param drawn Energy drawn within the order so far in milliwatt-hours: above what was redeemed, at most all.
    /// @param signature 65 bytes r, s, v with a low s, or what the buyer's contract accepts by ERC-1271.
    function redeem(address buyer, address seller, uint32 number, uint64 drawn, bytes calldata signature) external;

    /// @notice The caller, the seller, is paid up to a receipt and ends the order; the rest returns to the buyer.
    /// Nobody else may, or a stranger could cut an order short with an old receipt.
    /// @param buyer Who signed.
    /// @param number The open order.
    /// @param drawn As in `redeem`; here the receipt redeemed last serves once more.
    /// @param signature As in `redeem`.
    function redeemAndClose(address buyer, uint32 number, uint64 drawn, bytes calldata signature) external;

    /// @notice The caller, the buyer, pays the seller without a receipt; otherwise as `redeem`.
    /// @param seller Who is paid.
    /// @param number The open order.
    /// @param drawn As in `redeem`.
    function acknowledge(address seller, uint32 number, uint64 drawn) external;

    /// @notice The caller, the seller, renounces what it has not redeemed and ends the order; the rest returns to the
    /// buyer.
    /// @param buyer Who bought.
    /// @param number The open order.
    function close(address buyer, uint32 number) external;

    /// @notice Return the rest to the buyer and end the order, from `expires + GRACE` on. Anybody may.
    /// @param buyer Who bought, and receives.
    /// @param seller Who sold.
    /// @param number The open order.
    function refund(address buyer, address seller, uint32 number) external;

    /* VIEWS */

    /// @notice A seller's offer as posted, less what was sold; all zero if none. It may have ended: see `validUntil`.
    /// @param seller The seller.
    function offers(address seller)
        external
        view
        returns (
            uint64 pricePerKWh,
            uint64 availableMilliWh,
            uint64 leastMilliWh,
            uint32 validUntil,
            uint32 durationSeconds
        );

    /// @notice The greatest number that a buyer has used; 0 if none. The next is one or two above it.
    /// @param buyer The buyer.
    function lastNumber(address buyer) external view returns (uint32);

    /// @notice One order. All zero when its place was never used or belongs to another number by now; energy 0 with
    /// this number when it is closed.
    /// @param buyer The buyer.
    /// @param seller The seller.
    /// @param number Its number.
    function orderAt(address buyer, address seller, uint32 number) external view returns (Order memory order);

    /// @notice Both places of a pair as they are: the even number's and the odd number's, open or closed (energy 0).
    /// @param buyer The buyer.
    /// @param seller The seller.
    function ordersOf(address buyer, address seller) external view returns (Order memory even, Order memory odd);

    /// @notice What is held for an order, in base units: `costUp(energy) - proceedsDown(drawn)`; 0 unless it is open.
    /// @param buyer The buyer.
    /// @param seller The seller.
    /// @param number Its number.
    function escrowOf(address buyer, address seller, uint32 number) external view returns (uint256);

    /// @notice What an order costs to open, in base units, rounded up.
    /// @param energy Milliwatt-hours.
    /// @param price Base units per kilowatt-hour.
    function costUp(uint64 energy, uint64 price) external pure returns (uint256);

    /// @notice What a seller receives for an energy, in base units, rounded down.
    /// @param energy Milliwatt-hours.
    /// @param price Base units per kilowatt-hour.
    function proceedsDown(uint64 energy, uint64 price) external pure returns (uint256);

    /// @notice What a buyer signs: the EIP-712 digest of a receipt, in the domain that `eip712Domain` (ERC-5267)
    /// tells: name `EnergySale`, version `1`, this chain, this contract.
    /// @param buyer Who signs.
    /// @param seller Who is paid.
    /// @param number The order.
    /// @param drawn Energy drawn within the order so far, in milliwatt-hours.
    function receiptDigest(address buyer, address seller, uint32 number, uint64 drawn) external view returns (bytes32);
}
