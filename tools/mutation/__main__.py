"""`python -m tools.mutation`: change the contracts piece by piece, and see what the tests notice.

    python -m tools.mutation                        every mutant that has no standing result
    python -m tools.mutation --seed 7 --count 300   only so many, drawn by a seed
    python -m tools.mutation --seed 8 --count 50 --append   so many more of those not yet run
    python -m tools.mutation --only src/EnergySale.sol      of one source, or one folder
    python -m tools.mutation --only "src/EnergySale.sol close"   or of one function
    python -m tools.mutation --named                those that no test noticed once
    python -m tools.mutation --list                 name them, and run nothing

Results are kept in .run/mutation, so a second run takes up what changed. Reasons for survivors that
change nothing stand in contracts/mutants.md. Exits with 1 where the tests are not good enough.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from queue import SimpleQueue
from random import Random

from tools.mutation.copy import CONTRACTS, ROOT, Copy, NoVerdict, TestsFailed, Verdict
from tools.mutation.mutants import Mutant, mutants_of
from tools.mutation.named import named_in
from tools.mutation.results import Marks, Results, excuses_in, faults_in, table
from tools.mutation.suites import WITHOUT_CODE, tests_of

PLACE = ROOT / ".run" / "mutation"
EXCUSES = CONTRACTS / "mutants.md"
AT_ONCE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutants that are asked for; give the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (LookupError, ValueError, OSError) as error:
        print(f"mutation: {error}", file=sys.stderr)
    except TestsFailed as error:
        print(f"mutation: without any change the tests fail:\n{error}", file=sys.stderr)
    return 2


def _run(options: argparse.Namespace) -> int:
    with ExitStack() as stack:
        copies = [stack.enter_context(closing(Copy(PLACE / "0")))]
        whole = all_mutants(copies[0])
        every = [mutant for mutant in whole if _is_asked(mutant, options)]
        if not every:
            raise ValueError(f"--only {options.only}: no mutant's name begins so")
        if options.list:
            for mutant in every:
                print(f"{'!' if mutant.is_guarded else ' '} {mutant.kind:9}{mutant.name}")
            return 0
        for at in range(1, options.at_once):
            copies.append(stack.enter_context(closing(Copy(PLACE / str(at)))))
        return _judge_all(copies, every, {mutant.name for mutant in whole}, options)


def _judge_all(
    copies: Sequence[Copy], every: Sequence[Mutant], known: Set[str], options: argparse.Namespace
) -> int:
    excuses = excuses_in(EXCUSES.read_text(encoding="utf-8"))
    results, marks = Results(PLACE / "results.json"), _marks(copies[0], {m.source for m in every})
    standing = {m: v for m in every if (v := results.verdict(m, marks[m.source])) is not None}
    chosen = drawn(every, standing, options.seed, options.count, append=options.append)
    todo = [mutant for mutant in chosen if mutant not in standing]
    asked = set(chosen)
    judged = {m: v for m, v in standing.items() if m in asked or options.append}
    faults = []
    for mutant, verdict in _judge(copies, todo):
        if isinstance(verdict, NoVerdict):
            faults.append(f"no verdict: {verdict}")
            continue
        results.keep(mutant, marks[mutant.source], verdict)
        judged[mutant] = verdict
        print(f"{len(judged)}: {verdict.value}: {mutant.name}", flush=True)
    print(table(judged, excuses))
    faults += faults_in(judged, _of(excuses, every), known)
    for fault in faults:
        print(f"mutation: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _is_asked(mutant: Mutant, options: argparse.Namespace) -> bool:
    return mutant.name.startswith(options.only) and (mutant.kind == "named" or not options.named)


def all_mutants(copy: Copy) -> list[Mutant]:
    """Give the mutants of every source that has code.

    Raises:
        LookupError: no tests are named for one of them.
    """
    found: list[Mutant] = []
    for source, tree in sorted(copy.trees().items()):
        if source.startswith("src/") and not source.startswith(WITHOUT_CODE):
            tests_of(source)
            found += mutants_of(source, copy.text(source), tree)
            found += named_in(source, copy.text(source))
    return found


def drawn(
    every: Sequence[Mutant],
    standing: Mapping[Mutant, Verdict],
    seed: int,
    count: int | None,
    *,
    append: bool,
) -> list[Mutant]:
    """Draw so many; the same seed draws the same. `append` draws of those without a result.

    The named ones are run whatever is drawn.
    """
    among = [mutant for mutant in every if not append or mutant not in standing]
    if count is None or count >= len(among):
        return among
    picked = set(Random(seed).sample(range(len(among)), count))
    return [one for at, one in enumerate(among) if at in picked or one.kind == "named"]


def _judge(
    copies: Sequence[Copy], todo: Sequence[Mutant]
) -> Iterable[tuple[Mutant, Verdict | NoVerdict]]:
    """Judge on all copies at once, each having passed its tests without a change first."""
    globs = sorted({glob for m in todo for glob in tests_of(m.source).globs})
    free: SimpleQueue[Copy] = SimpleQueue()
    for copy in copies[: len(todo)]:
        copy.check(tuple(globs))
        free.put(copy)

    def judge(mutant: Mutant) -> Verdict | NoVerdict:
        copy = free.get()
        try:
            return copy.judge(mutant, tests_of(mutant.source).globs)
        except NoVerdict as why:
            return why
        finally:
            free.put(copy)

    with ThreadPoolExecutor(max(1, len(copies))) as pool:
        waiting = {pool.submit(judge, mutant): mutant for mutant in todo}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _marks(copy: Copy, sources: Iterable[str]) -> dict[str, Marks]:
    tests = hashlib.sha256()
    for text in copy.tests():
        tests.update(text)
    return {
        one: Marks(source=hashlib.sha256(copy.text(one)).hexdigest(), tests=tests.hexdigest())
        for one in sources
    }


def _of(excuses: Mapping[str, str], every: Sequence[Mutant]) -> dict[str, str]:
    """Give the reasons of the sources that are run, also those of mutants that are gone."""
    sources = {mutant.source for mutant in every}
    return {name: why for name, why in excuses.items() if name.partition(" ")[0] in sources}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=1, help="draws the mutants (1)")
    parser.add_argument("--count", type=_at_least_one, help="how many are drawn (all)")
    parser.add_argument("--append", action="store_true", help="draw of those not yet run")
    parser.add_argument("--only", default="src/", help="begin of the mutants' names")
    parser.add_argument("--named", action="store_true", help="those of named.py alone")
    parser.add_argument("--at-once", type=_at_least_one, default=AT_ONCE, help="copies (2)")
    parser.add_argument("--list", action="store_true", help="name the mutants; ! is guarded")
    return parser


def _at_least_one(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
