"""One line of a check: what was touched, what it said, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Hold one line of the check: what, whether it `fails`, and what to do about it.

    `remedy` is for whoever runs this program on this machine, and for nobody else.
    """

    what: str
    sentence: str
    remedy: str
    fails: bool

    def __str__(self) -> str:
        mark = "FAIL" if self.fails else ("note" if self.remedy else "well")
        ending = f" -> {self.remedy}" if self.remedy else ""
        # A line without a sentence says nothing, and looks as if it did.
        return f"{mark}  {self.what}: {self.sentence or 'nothing was said'}{ending}"


def line(what: str, sentence: str, remedy: str = "") -> Finding:
    """Tell of a thing; with a remedy it fails."""
    return Finding(what=what, sentence=sentence, remedy=remedy, fails=bool(remedy))


def note(what: str, sentence: str, remedy: str) -> Finding:
    """Tell of a thing that somebody should look at, and that fails nothing."""
    return Finding(what=what, sentence=sentence, remedy=remedy, fails=False)


def report(findings: Iterable[Finding]) -> int:
    """Print findings as they come; exit status 1 if any failed."""
    failed = 0
    for finding in findings:
        print(finding, flush=True)
        failed += finding.fails
    print(f"{failed} to mend" if failed else "everything answers")
    return 1 if failed else 0
