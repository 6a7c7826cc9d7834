"""Lie to a home's or a utility's ledger, each question in each way, and see that nothing stays.

    python -m tests.faults.liar [--seed S] [--count N] [--only TEXT] [--append FILE]

Every question that was asked x `LIES` x once or for a while x alone or beside an honest endpoint.
Beside one, nothing is bought twice and all heals when the lies end, without a restart. Alone, at
most one order too many is bought, and the account, its numbers and its registers are sound
afterwards: the next purchase is made. `--append` keeps what becomes of each case in a file and
takes up what that file lacks, or has as wrong; its table is of all that the file has by then, each
case as it was played last. Exit 1 if anything is wrong.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.faults.liar_cases import Case, Outcome, cases
from tests.faults.liar_street import CASES_PER_STREET, liar_street
from tests.faults.sittings import keep_row, kept_rows


def campaign(wanted: Sequence[Case]) -> Iterator[Outcome]:
    """Play cases, several on each street; one on which something was wrong is given up."""
    left = list(wanted)
    while left:
        with liar_street() as street:
            for _ in range(min(CASES_PER_STREET, len(left))):
                found = street.play(left.pop(0))
                yield found
                if found.wrong:
                    break


def kept(file: Path | None) -> dict[Case, Outcome]:
    """Give what a file has of each case, as it was played last."""
    outcomes = [
        Outcome(**{**row, "case": Case(**row["case"]), "asked": frozenset(row["asked"])})
        for row in kept_rows(file)
    ]
    return {found.case: found for found in outcomes}


def keep(file: Path, found: Outcome) -> None:
    """Write what became of a case behind a file's end."""
    keep_row(file, {**asdict(found), "asked": sorted(found.asked)})


def table(outcomes: Sequence[Outcome]) -> str:
    """Write what became of the cases: a line for each question, and each that was wrong."""
    lines = ["who, question | cases | lied to | lies | wrong | longest to heal"]
    by_question = Counter((found.case.who, found.case.question) for found in outcomes)
    for (who, question), count in sorted(by_question.items()):
        of_it = [f for f in outcomes if (f.case.who, f.case.question) == (who, question)]
        lines.append(_row(f"{who}, {question}", count, of_it))
    lines.append(_row("all", len(outcomes), outcomes))
    lines += [f"WRONG {found.case}: {found.wrong}" for found in outcomes if found.wrong]
    return "\n".join(lines)


def _row(what: str, count: int, outcomes: Sequence[Outcome]) -> str:
    row = (
        what,
        count,
        sum(found.told > 0 for found in outcomes),
        sum(found.told for found in outcomes),
        sum(bool(found.wrong) for found in outcomes),
        f"{max((found.healed_s for found in outcomes), default=0.0):.1f} s",
    )
    return " | ".join(map(str, row))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.liar", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, help="so many cases, chosen by the seed; all")
    parser.add_argument("--only", default="", help="cases whose text has this in it")
    parser.add_argument("--append", type=Path, help="keep each case in this file, and go on by it")
    chosen = parser.parse_args(arguments)
    outcomes = kept(chosen.append)
    done = {case for case, found in outcomes.items() if not found.wrong}
    wanted = [case for case in cases() if chosen.only in str(case) and case not in done]
    random.Random(chosen.seed).shuffle(wanted)
    for found in campaign(wanted[: chosen.count]):
        outcomes[found.case] = found
        if chosen.append:
            keep(chosen.append, found)
        verdict = f"WRONG: {found.wrong}" if found.wrong else "well"
        print(f"{found.case}: {found.told} lies, {found.healed_s:.1f} s, {verdict}", flush=True)
    print(table(list(outcomes.values())))
    return int(any(found.wrong for found in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
