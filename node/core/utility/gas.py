"""Decide which home gets gas: what is promised a day goes to each meter once, whoever owns it.

Whoever owns a meter may hand it, or its reporter's part, to ever new accounts. So what counts is
what the meter's accounts have got together, and what all have.
"""

from collections.abc import Iterator

from node.core.auction.market import UtilityView
from node.core.budget import day_of
from node.core.commands import SendGas
from node.core.facts import Fact, IntentRefused, IntentResumed
from node.core.utility.state import Gift, UtilitySettings, UtilityState


def top_ups(
    state: UtilityState, view: UtilityView, settings: UtilitySettings
) -> Iterator[tuple[SendGas, Gift]]:
    """Give the gifts that are due; nobody gets two on one day."""
    day = day_of(view.block.timestamp_s)
    gifts = [gift for gift in state.gifts if gift.day == day]
    given = {gift.account for gift in gifts}
    left_wei = _most_of_all(view, settings) - sum(gift.amount_wei for gift in gifts)
    for home in view.homes:
        if home.balance_wei * 2 >= settings.gas_target_wei or home.account in given:
            continue
        got_wei = sum(gift.amount_wei for gift in gifts if _is_for(gift, home.meter_id))
        amount_wei = min(
            settings.gas_target_wei - home.balance_wei,
            settings.gas_per_day_wei - got_wei,
            left_wei,
        )
        if amount_wei <= 0:
            continue
        left_wei -= amount_wei
        gift = Gift(account=home.account, meter_id=home.meter_id, amount_wei=amount_wei, day=day)
        gifts.append(gift)
        yield SendGas(account=home.account, amount_wei=amount_wei, day=day), gift


def gifts_after(
    state: UtilityState, view: UtilityView, facts: tuple[Fact, ...]
) -> tuple[Gift, ...]:
    """Give the day's gifts, without those that were refused, and with those of an earlier run."""
    day = day_of(view.block.timestamp_s)
    known = {(gift.account, gift.day) for gift in state.gifts}
    meters = {home.account: home.meter_id for home in view.homes}
    resumed = [
        Gift(
            account=fact.intent.account,
            meter_id=meters.get(fact.intent.account, 0),
            amount_wei=fact.intent.amount_wei,
            day=fact.intent.day,
        )
        for fact in facts
        if isinstance(fact, IntentResumed)
        and isinstance(fact.intent, SendGas)
        and (fact.intent.account, fact.intent.day) not in known
    ]
    refused = {
        (fact.intent.account, fact.intent.day)
        for fact in facts
        if isinstance(fact, IntentRefused) and isinstance(fact.intent, SendGas)
    }
    return tuple(
        gift
        for gift in (*state.gifts, *resumed)
        if gift.day == day and (gift.account, gift.day) not in refused
    )


def _is_for(gift: Gift, meter_id: int) -> bool:
    return gift.meter_id == meter_id and meter_id != 0


def _most_of_all(view: UtilityView, settings: UtilitySettings) -> int:
    if settings.gas_all_per_day_wei is not None:
        return settings.gas_all_per_day_wei
    meters = {home.meter_id for home in view.homes if home.meter_id}
    others = sum(not home.meter_id for home in view.homes)
    return settings.gas_per_day_wei * (len(meters) + others)
