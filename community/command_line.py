"""Carry the operator's commands out; a refusal says why, and has changed nothing."""

import argparse
import csv
import hashlib
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from community.allocation import DayShared, PointSum, allocate
from community.begin import begin
from community.billing.bill import bills, month_after
from community.billing.issue import issue, valid_bills
from community.billing.page import kwh, page, table
from community.completeness import completeness, sentences
from community.example import members
from community.example import report as report_rows
from community.example import text_of as as_csv
from community.files import put
from community.imports.eda import read_eda
from community.imports.found import File
from community.imports.mapping import table_of
from community.imports.table import read_table
from community.membership import read_members, written
from community.options import options
from community.readings import Direction
from community.refusal import NotDone
from community.report import report
from community.rules import Rules, load
from community.store import Store
from community.study.run import run as run_study
from node.core.errors import NodeError
from node.parameters.telling import text_of
from node.system.foreign_text import bytes_of
from node.system.words import told

_MOST_BYTES = 512 * 2**20
_EDA = "eda"
_MOST_STUDIED = 100_000


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 is done, 1 refused, or for `status` not complete."""
    chosen = options().parse_args(arguments)
    try:
        return _COMMANDS[chosen.command](chosen)
    except (NodeError, OSError) as error:
        print(f"refused: {told(error)}", file=sys.stderr)
        return 1


def _new(chosen: argparse.Namespace) -> int:
    print(f"{begin(chosen.directory, chosen.name)}: written; prices and fees are yours to edit")
    return 0


def _example(chosen: argparse.Namespace) -> int:
    month = _month(chosen.month)
    path = begin(chosen.directory, "Sonnweg")
    zone = load(chosen.directory).local
    who = members(month)
    put(chosen.directory / "members.csv", written(who))
    name = f"RC999999_{month:%Y-%m}.csv"
    put(chosen.directory / name, as_csv(report_rows(who, month, month_after(month), zone)))
    print(f"{path}, members.csv and {name}: written; all values in them are made up")
    return 0


def _import(chosen: argparse.Namespace) -> int:
    rules, store = _open(chosen.directory)
    try:
        for path in chosen.files:
            content = bytes_of(path, _MOST_BYTES)
            try:
                found = _read(content, chosen, rules)
                added = store.days.add(path.name, hashlib.sha256(content).hexdigest(), found.days)
            except NotDone as error:
                raise NotDone(f"{path}: {error}; nothing of it was taken") from None
            print(
                f"{path}: {added.new} days of points are new, {added.same} were known,"
                f" {added.replaced} replaced"
            )
            for note in found.notes:
                print(f"{path}: {note}")
    finally:
        store.close()
    return 0


def _read(content: bytes, chosen: argparse.Namespace, rules: Rules) -> File:
    if chosen.shape == _EDA:
        return read_eda(content, rules.local)
    return read_table(content, table_of(chosen.shape), rules.local, chosen.point)


def _members(chosen: argparse.Namespace) -> int:
    _, store = _open(chosen.directory)
    try:
        return _MEMBERS[chosen.action](chosen, store)
    finally:
        store.close()


def _list_members(chosen: argparse.Namespace, store: Store) -> int:
    print(written(store.members()), end="")
    return 0


def _import_members(chosen: argparse.Namespace, store: Store) -> int:
    try:
        members = read_members(text_of(chosen.file))
        store.keep_members(members)
    except NotDone as error:
        raise NotDone(f"{chosen.file}: {error}; nothing of it was taken") from None
    points = sum(len(member.points) for member in members)
    print(f"{len(members)} members with {points} points")
    return 0


def _forget_member(chosen: argparse.Namespace, store: Store) -> int:
    kept = store.all_bills(chosen.name)
    place = chosen.directory / "sealed"
    if not chosen.yes:
        print(
            f"{chosen.name}: its {len(kept)} bills would be moved to {place}, and all readings of"
            " its points deleted for good; do it by --yes"
        )
        return 1
    place.mkdir(mode=0o700, exist_ok=True)
    for bill in kept:
        put(place / f"{bill.number}.html", page(bill))
    store.forget(chosen.name)
    _take_out(store, chosen.directory / "bills", {bill.number for bill in kept})
    print(
        f"{chosen.name}: forgotten; {len(kept)} bills are kept in {place}, as the law asks. Tables"
        " and reports that were imported are yours to delete"
    )
    return 0


def _take_out(store: Store, place: Path, numbers: set[str]) -> None:
    for month in place.glob("*-*"):
        for path in month.glob("*.html"):
            if path.stem in numbers:
                path.unlink()
        left = valid_bills(store.bills(_month(month.name)))
        put(month / "bills.csv", table([left[name] for name in sorted(left)]))


def _status(chosen: argparse.Namespace) -> int:
    month = _month(chosen.month)
    rules, store = _open(chosen.directory)
    try:
        found = completeness(store, rules, month, month_after(month))
    finally:
        store.close()
    for sentence in sentences(found):
        print(sentence)
    return 0 if found.is_complete else 1


def _allocate(chosen: argparse.Namespace) -> int:
    month = _month(chosen.month)
    rules, store = _open(chosen.directory)
    sums: dict[tuple[str, str, Direction], PointSum] = {}
    try:
        for shared in allocate(store, rules, month, month_after(month), _progress):
            _add(sums, shared)
    finally:
        store.close()
    writer = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
    writer.writerow(("point", "member", "direction", "metered_kwh", "shared_kwh"))
    for (point, member, direction), total in sorted(sums.items(), key=lambda entry: entry[0][:2]):
        writer.writerow((point, member, direction.value, kwh(total.metered), kwh(total.shared)))
    return 0


def _add(sums: dict[tuple[str, str, Direction], PointSum], shared: DayShared) -> None:
    for holding, day in zip(shared.holdings, shared.sums, strict=True):
        total = sums.setdefault((holding.point, holding.member, holding.direction), PointSum())
        total.metered += day.metered
        total.shared += day.shared


def _bill(chosen: argparse.Namespace) -> int:
    month = _month(chosen.month)
    rules, store = _open(chosen.directory)
    try:
        days = allocate(store, rules, month, month_after(month), _progress)
        billed = valid_bills(store.bills(month))
        contents = bills(rules, store.members(), month, days, billed)
        issued = issue(
            store,
            month,
            contents,
            year=chosen.year or datetime.now(rules.local).year,
            corrects=chosen.correct,
        )
        place = chosen.directory / "bills" / f"{month:%Y-%m}"
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for bill in store.bills(month):
            put(place / f"{bill.number}.html", page(bill))
        put(place / "bills.csv", table(issued.valid))
    finally:
        store.close()
    print(f"{len(issued.new)} bills are new, {len(issued.valid)} in all; see {place}")
    return 0


def _report(chosen: argparse.Namespace) -> int:
    month = _month(chosen.month)
    rules, store = _open(chosen.directory)
    try:
        for sentence in report(rules, allocate(store, rules, month, month_after(month), _progress)):
            print(sentence)
    finally:
        store.close()
    return 0


def _study(chosen: argparse.Namespace) -> int:
    for name in ("homes", "days"):
        given = getattr(chosen, name)
        if given is not None and not 1 <= given <= _MOST_STUDIED:
            raise NotDone(f"--{name} {given}: from 1 to {_MOST_STUDIED}")
    print(run_study(chosen.scenario, chosen.out, chosen.homes, chosen.days), end="")
    return 0


def _chain(chosen: argparse.Namespace) -> int:
    # Only who has a chain loads what reads one.
    from community.chain.command import run as run_chain

    month = _month(chosen.month)
    for sentence in run_chain(chosen.directory, load(chosen.directory), month, chosen.file):
        print(sentence)
    return 0


def _backup(chosen: argparse.Namespace) -> int:
    _, store = _open(chosen.directory)
    try:
        store.backup(chosen.target)
    finally:
        store.close()
    print(f"{chosen.target}: written")
    return 0


def _restore(chosen: argparse.Namespace) -> int:
    _, store = _open(chosen.directory)
    try:
        store.restore(chosen.source)
    except NotDone as error:
        raise NotDone(f"{chosen.source}: {error}") from None
    finally:
        store.close()
    print(f"{chosen.source}: all of it is here now")
    return 0


def _open(directory: Path) -> tuple[Rules, Store]:
    rules = load(directory)
    return rules, Store.open(directory, rules.database)


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise NotDone(f"month {text!r}: a year and a month, as 2026-11") from None


def _progress(day: date) -> None:
    if sys.stderr.isatty():
        print(f"\r{day}", end="", file=sys.stderr, flush=True)


_MEMBERS: Mapping[str, Callable[[argparse.Namespace, Store], int]] = {
    "list": _list_members,
    "import": _import_members,
    "forget": _forget_member,
}
_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "new": _new,
    "example": _example,
    "import": _import,
    "members": _members,
    "status": _status,
    "allocate": _allocate,
    "bill": _bill,
    "report": _report,
    "study": _study,
    "chain": _chain,
    "backup": _backup,
    "restore": _restore,
}
