"""Write what the chain says of a month: a table of all entries, a table of sums, a page for each.

Amounts are tokens with all six decimals, so that they are the contracts' own to the unit.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from zoneinfo import ZoneInfo

from community.billing.page import document, kwh
from community.chain.events import Entry, Month
from node.core.units import TOKEN

_ENTRIES = (
    "begin", "account", "member", "what", "bought_kwh", "sold_kwh", "trade_tokens", "grid_tokens",
)  # fmt: skip
_SUMS = ("account", "member", "bought_kwh", "sold_kwh", "trade_tokens", "grid_tokens", "tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Hold an account's month."""

    account: str
    member: str
    entries: Sequence[Entry]

    @property
    def bought_milliwh(self) -> int:
        """Give what it bought of others."""
        return sum(entry.bought_milliwh for entry in self.entries)

    @property
    def sold_milliwh(self) -> int:
        """Give what it sold to others."""
        return sum(entry.sold_milliwh for entry in self.entries)

    @property
    def trade(self) -> int:
        """Give what it received of others; negative, what it paid."""
        return sum(entry.trade for entry in self.entries)

    @property
    def beside(self) -> int:
        """Give what it received of the utility over the chain; negative, what it paid."""
        return sum(entry.beside for entry in self.entries)


def statements(month: Month, names: Mapping[str, str]) -> list[Statement]:
    """Give each account's month, by the order of the accounts."""
    accounts = sorted({entry.account for entry in month.entries})
    return [
        Statement(
            account=account,
            member=names.get(account, ""),
            entries=[entry for entry in month.entries if entry.account == account],
        )
        for account in accounts
    ]


def entry_table(month: Month, names: Mapping[str, str], zone: ZoneInfo) -> str:
    """Write every entry, a line each."""
    return _csv(
        _ENTRIES,
        (
            (
                _time(entry, zone), entry.account, names.get(entry.account, ""), entry.what,
                _exact_kwh(entry.bought_milliwh), _exact_kwh(entry.sold_milliwh),
                tokens(entry.trade), tokens(entry.beside),
            )
            for entry in month.entries
        ),
    )  # fmt: skip


def sum_table(found: Sequence[Statement]) -> str:
    """Write every account's sums, a line each."""
    return _csv(
        _SUMS,
        (
            (
                one.account, one.member, _exact_kwh(one.bought_milliwh),
                _exact_kwh(one.sold_milliwh), tokens(one.trade), tokens(one.beside),
                tokens(one.trade + one.beside),
            )
            for one in found
        ),
    )  # fmt: skip


def statement_page(found: Statement, community: str, month: str, zone: ZoneInfo) -> str:
    """Write an account's month as HTML; the same events give the same bytes."""
    rows = "".join(_row(entry, zone) for entry in found.entries)
    total = found.trade + found.beside
    title = f"Statement of {month}"
    member = f"<strong>{escape(found.member)}</strong><br>" if found.member else ""
    body = f"""<p><strong>{escape(community)}</strong></p>
<p>{member}{escape(found.account)}</p>
<h1>{escape(title)}</h1>
<table>
<thead><tr><th>When</th><th>What</th><th class="n">bought, kWh</th><th class="n">sold, kWh</th>
<th class="n">with members, tokens</th><th class="n">with the utility, tokens</th></tr></thead>
<tbody>
{rows}<tr class="total"><td colspan="2">{"received" if total >= 0 else "paid"} in all</td>
<td class="n">{kwh(found.bought_milliwh)}</td><td class="n">{kwh(found.sold_milliwh)}</td>
<td class="n">{tokens(found.trade)}</td><td class="n">{tokens(found.beside)}</td></tr>
</tbody>
</table>
<p class="small">All of it was settled by the community's contracts already; nothing is to be paid.
What the meter shows beyond it is on the bill of the energy supplier. Below 0 is what was paid.</p>
"""
    return document(title, body)


def tokens(amount: int) -> str:
    """Write base units as tokens, with all decimals."""
    return f"{Decimal(amount) / TOKEN:.6f}"


def _row(entry: Entry, zone: ZoneInfo) -> str:
    cells = (
        kwh(entry.bought_milliwh) if entry.bought_milliwh else "",
        kwh(entry.sold_milliwh) if entry.sold_milliwh else "",
        tokens(entry.trade),
        tokens(entry.beside) if entry.beside else "",
    )
    return (
        f"<tr><td>{_time(entry, zone)}</td><td>{escape(entry.what)}</td>"
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + "</tr>\n"
    )


def _time(entry: Entry, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(entry.at_s, zone):%Y-%m-%d %H:%M %z}"


def _exact_kwh(energy_milliwh: int) -> str:
    return f"{Decimal(energy_milliwh) / 1_000_000:.6f}"


def _csv(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
