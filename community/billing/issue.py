"""Issue a month's bills: each has a number, none is overwritten, and a change is a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from community.billing.bill import total_of
from community.billing.page import money
from community.refusal import NotDone
from community.store import KeptBill, NewBill, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Hold a month's valid bills, and those of them that are new."""

    valid: Sequence[KeptBill]
    new: Sequence[KeptBill]


def issue(
    store: Store, month: date, contents: Mapping[str, str], *, year: int, corrects: bool
) -> Issued:
    """Give out what has no bill yet; numbers are of the year in which a bill is issued.

    `contents` has everybody who was billed before.

    Raises:
        NotDone: a bill that was issued would be another one today, and nobody asked to correct it.
    """
    before = valid_bills(store.bills(month))
    changed = [name for name, bill in before.items() if contents[name] != bill.content]
    if changed and not corrects:
        named = ", ".join(_change(before[name], contents[name]) for name in changed)
        raise NotDone(f"{named}; issue bills that replace them by --correct")
    new = []
    with store.whole():
        for name in sorted(contents):
            old = before.get(name)
            if old is not None and old.content == contents[name]:
                continue
            bill = NewBill(
                member=name, corrects=old.number if old else None, content=contents[name]
            )
            new.append(store.add_bill(year, month, bill))
    after = valid_bills(store.bills(month))
    return Issued(valid=[after[name] for name in sorted(after)], new=new)


def valid_bills(bills: Sequence[KeptBill]) -> dict[str, KeptBill]:
    """Give each member's bill that no other one replaces."""
    return {bill.member: bill for bill in bills}


def _change(bill: KeptBill, content: str) -> str:
    was, now = money(total_of(bill.content)), money(total_of(content))
    return f"{bill.member}: bill {bill.number} said {was} and would say {now}"
