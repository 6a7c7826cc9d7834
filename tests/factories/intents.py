"""One intent of each kind that a test needs, by short names."""

from dataclasses import replace

from node.core.auction.clearing import Bid, Kind, Offer
from node.core.commands import (
    AnnounceWithdrawal,
    ClearInterval,
    CloseOrder,
    CollectOwed,
    DepositTokens,
    ExecuteWithdrawal,
    FundGrid,
    Intent,
    NoteSilence,
    OpenOrder,
    PlaceOrder,
    PostOffer,
    PostTariff,
    Redeem,
    RefundOrder,
    ReportReadings,
    SendGas,
    SettleOrders,
    WithdrawBalance,
)
from node.core.records import MeterName, Reading, Receipt, Registers

ONE, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
OPEN = OpenOrder(
    seller=ONE,
    number=1,
    energy_milliwh=200,
    max_price_per_kwh=180_000,
    max_duration_s=3_600,
    max_cost=1_000,
)
POST = PostOffer(price_per_kwh=1, available_milliwh=2, least_milliwh=3, until_s=4, duration_s=5)
REDEEM = Redeem(
    receipt=Receipt(buyer=ONE, seller=OTHER, number=1, drawn_milliwh=5, signature=bytes(range(65))),
    close=False,
)
CLOSE = CloseOrder(buyer=ONE, number=1)
REFUND = RefundOrder(buyer=ONE, seller=OTHER, number=1)
REPORT = ReportReadings(
    meter_id=1,
    readings=(
        Reading(
            meter=MeterName.CONNECTION,
            boundary=10,
            registers=Registers(import_milliwh=2**100, export_milliwh=0),
        ),
    ),
)
PLACE = PlaceOrder(
    interval=7, meter_id=1, order=Bid(solar_tick=9, chp_tick=0, energy_units=20), added=5
)
GIFT = SendGas(account=ONE, amount_wei=2**80, day=20_000)
ALL: list[Intent] = [
    OPEN,
    POST,
    REDEEM,
    CLOSE,
    REFUND,
    REPORT,
    PLACE,
    replace(PLACE, order=Offer(kind=Kind.CHP, tick=3, energy_units=0)),
    ClearInterval(interval=7),
    SettleOrders(interval=7, meter_ids=(1, 2)),
    PostTariff(first_interval=9, feed_in_per_kwh=1, tick_size_per_kwh=2),
    DepositTokens(amount=2**70),
    FundGrid(amount=3),
    WithdrawBalance(amount=4),
    CollectOwed(owed=5),
    NoteSilence(interval=7),
    AnnounceWithdrawal(amount=6),
    ExecuteWithdrawal(),
    GIFT,
]
