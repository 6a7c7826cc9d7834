"""Write a bill as a page to read and to print (A4), and a month's bills as a table."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import Any

from community.store import KeptBill
from node.core.wire.json_text import read_json

_STYLE = """
body { font: 11pt/1.4 sans-serif; max-width: 48em; margin: 2em auto; color: #111; background: #fff }
table { border-collapse: collapse; width: 100%; margin: 1em 0 }
th, td { text-align: left; padding: .3em .5em; border-bottom: 1px solid #999 }
p, td { overflow-wrap: anywhere }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tr.total td { font-weight: bold; border-top: 2px solid #111 }
p.small { font-size: 9pt; color: #333 }
@page { size: A4; margin: 20mm }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""
_BASES = {
    "shared": "energy from neighbours",
    "grid": "energy from the grid",
    "given": "energy to neighbours",
    "fed in": "energy to the grid",
}
_DIRECTIONS = {"consumption": "drew", "generation": "fed in"}


def page(bill: KeptBill) -> str:
    """Write a bill as HTML, whole in itself; the same bill gives the same bytes."""
    said = read_json(bill.content)
    currency = said["currency"]
    title = f"Bill {bill.number}"
    corrects = (
        f"<p>Replaces bill {escape(bill.corrects)}, which is no longer valid.</p>\n"
        if bill.corrects
        else ""
    )
    issuer = said["issuer"]
    rows = "".join(_row(*line) for line in _lines(said))
    points = "".join(_point(point) for point in said["points"])
    note = f"<p>{escape(issuer['note'])}</p>\n" if issuer["note"] else ""
    body = f"""<p>{_party(issuer["name"], issuer["address"])}{_tax_id(issuer["tax_id"])}</p>
<p>{_party(said["member"]["name"], said["member"]["address"])}</p>
<h1>{escape(title)}</h1>
<p>{escape(said["community"])}, {escape(said["month"])}</p>
{corrects}<table>
<thead><tr><th>What</th><th class="n">kWh</th><th class="n">{escape(currency)} per unit</th>
<th class="n">{escape(currency)}</th></tr></thead>
<tbody>
{rows}<tr class="total"><td colspan="3">{_asked(said["total"])}</td>
<td class="n">{money(abs(said["total"]))}</td></tr>
</tbody>
</table>
{note}<h2>Metering points</h2>
<table>
<thead><tr><th>Point</th><th></th><th class="n">kWh</th><th class="n">of it shared, kWh</th></tr>
</thead>
<tbody>
{points}</tbody>
</table>
<p class="small">What was shared was worked out by quarter hours from the meters' values. All that
members paid for shared energy this month went to those who gave it.</p>
"""
    return document(title, body)


def document(title: str, body: str) -> str:
    """Write a page to read and to print, whole in itself, of its title and its body's HTML."""
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>
<body>
{body}</body>
</html>
"""


def table(bills: Sequence[KeptBill], separator: str = ";", decimal: str = ",") -> str:
    """Write a month's bills as CSV, a line each."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(
        (
            "number", "replaces", "member", "month", "got_kwh", "given_kwh", "pays", "receives",
            "fees", "total", "currency",
        )
    )  # fmt: skip
    for bill in bills:
        said = read_json(bill.content)
        fees = sum(line["amount"] for line in said["fees"])
        amounts = (said["pays"], said["receives"], fees, said["total"])
        writer.writerow(
            (
                bill.number,
                bill.corrects or "",
                bill.member,
                said["month"],
                *(
                    kwh(said[name]).replace(".", decimal)
                    for name in ("got_milliwh", "given_milliwh")
                ),
                *(money(amount).replace(".", decimal) for amount in amounts),
                said["currency"],
            )
        )
    return text.getvalue()


def kwh(energy_milliwh: int) -> str:
    """Write an energy in kilowatt-hours, with three decimals, half up."""
    return f"{Decimal((energy_milliwh + 500) // 1_000) / 1_000:.3f}"


def money(hundredths: int) -> str:
    """Write an amount with two decimals."""
    return f"{Decimal(hundredths) / 100:.2f}"


def _lines(said: dict[str, Any]) -> Sequence[tuple[str, str, str, str]]:
    price = said["price_per_kwh"]
    unit = _unit(price) if price is not None else "by the hour"
    lines = []
    if said["got_milliwh"]:
        lines.append(
            ("energy from neighbours", kwh(said["got_milliwh"]), unit, money(said["pays"]))
        )
    if said["given_milliwh"]:
        lines.append(
            ("energy to neighbours", kwh(said["given_milliwh"]), unit, money(-said["receives"]))
        )
    for fee in said["fees"]:
        on = _BASES.get(fee["base"])
        name = f"{fee['name']} ({on})" if on else fee["name"]
        rate = (
            f"{Decimal(fee['rate']) / 100:.2f} %"
            if fee["base"] == "charged"
            else _unit(fee["rate"])
        )
        lines.append((name, "", rate, money(fee["amount"])))
    return lines


def _unit(rate: int) -> str:
    text = f"{Decimal(rate) / 1_000_000:f}"
    return text if "." in text else text + ".00"


def _row(what: str, energy: str, unit: str, amount: str) -> str:
    return (
        f'<tr><td>{escape(what)}</td><td class="n">{energy}</td><td class="n">{unit}</td>'
        f'<td class="n">{amount}</td></tr>\n'
    )


def _point(point: dict[str, Any]) -> str:
    return (
        f"<tr><td>{escape(point['point'])}</td><td>{_DIRECTIONS[point['direction']]}</td>"
        f'<td class="n">{kwh(point["metered_milliwh"])}</td>'
        f'<td class="n">{kwh(point["shared_milliwh"])}</td></tr>\n'
    )


def _party(name: str, address: str) -> str:
    return f"<strong>{escape(name)}</strong>" + (f"<br>{escape(address)}" if address else "")


def _tax_id(tax_id: str) -> str:
    return f"<br>{escape(tax_id)}" if tax_id else ""


def _asked(total: int) -> str:
    return "to pay" if total >= 0 else "to receive"
