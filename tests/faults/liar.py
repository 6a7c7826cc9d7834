"""Lie to a home's or a utility's ledger, each question in each way, and see that nothing stays.

    python -m tests.faults.liar [--seed S] [--count N] [--only TEXT] [--append FILE]

Every question that was asked x `LIES` x once or for a while x alone or beside an honest endpoint.
Beside one, nothing is bought twice and all heals when the lies end, without a restart. Alone, at
most one order too many is bought, and the account, its numbers and its registers are sound
afterwards: the next purchase is made. Exit 1 if anything is wrong.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from node.core.facts import ChainLost, ChainObserved, IntentConfirmed, IntentRefused, StreetObserved
from node.core.records import MeterName, Reading, Registers
from node.journal import Journal
from node.ledger.observing import utility_observer
from node.ledger.sender import Ledger
from node.loops.raising import Raising
from tests.factories.ledger import ledger_settings
from tests.parts.chain import Chain, Street, running_chain
from tests.parts.ledger_home import Home, offer, opening_transactions, order
from tests.parts.liar_gate import LIES, LiarGate
from tests.parts.market_street import MarketStreet, bid
from tests.parts.waiting import until

HEALED_WITHIN_S = 120.0
LIES_FOR_S = 3.0
CASES_PER_STREET = 40
MOST_TRANSACTIONS = 8
REPORTED = Registers(import_milliwh=5_000, export_milliwh=7)

HOME_QUESTIONS = (
    "eth_chainId", "eth_gasPrice", "eth_getBalance", "eth_estimateGas", "eth_getLogs",
    "eth_getTransactionCount", "eth_getTransactionCount pending", "eth_getTransactionReceipt",
    "eth_getTransactionByHash", "eth_sendRawTransaction", "eth_getBlockByNumber",
    "eth_getBlockByNumber latest", "eth_getBlockByHash", "eth_call offers", "eth_call ordersOf",
    "eth_call lastNumber", "eth_call balanceOf", "eth_call lastReading", "eth_call meters",
)  # fmt: skip
UTILITY_QUESTIONS = (
    "eth_chainId", "eth_gasPrice", "eth_getBalance", "eth_getLogs", "eth_getTransactionCount",
    "eth_getTransactionCount pending", "eth_getBlockByNumber", "eth_getBlockByNumber latest",
    "eth_call balances", "eth_call utility", "eth_call balanceOf", "eth_call meterCount",
    "eth_call ownerOf", "eth_call meters", "eth_call tariffs", "eth_call tariffCount",
    "eth_call lastReading", "eth_call INTERVAL", "eth_call UNIT", "eth_call MARGIN",
    "eth_call GATE_LEAD", "eth_call LEAST_ENERGY", "eth_call READING_DEADLINE",
    "eth_call leaving",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Say who is lied to, about what, how, how long, and whether an honest endpoint stands by."""

    who: str
    question: str
    how: str
    for_ever: bool
    beside: bool

    def __str__(self) -> str:
        span = "for a while" if self.for_ever else "once"
        return f"{self.who}, {self.question}, {self.how}, {span}, {self._company}"

    @property
    def _company(self) -> str:
        return "beside an honest one" if self.beside else "alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Hold what became of a case: the lies told, all that was asked, how long it took to heal, and
    what was wrong."""

    case: Case
    told: int
    asked: frozenset[str]
    healed_s: float
    wrong: str


def cases() -> list[Case]:
    """Give every case."""
    questions = [("home", q) for q in HOME_QUESTIONS] + [("utility", q) for q in UTILITY_QUESTIONS]
    return [
        Case(who=who, question=question, how=how, for_ever=for_ever, beside=beside)
        for who, question in questions
        for how in LIES
        for for_ever in (False, True)
        for beside in (True, False)
    ]


def one_of_each(seed: int) -> list[Case]:
    """Give one case of each question."""
    chance, found = random.Random(seed), dict[tuple[str, str], Case]()
    every = cases()
    chance.shuffle(every)
    for case in every:
        found.setdefault((case.who, case.question), case)
    return list(found.values())


class LiarStreet:
    """Hold a chain with a seller, an auction and a utility, and another chain to lie with."""

    def __init__(self, chain: Chain, other: Chain, directory: Path) -> None:
        self._chain, self._other, self._directory = chain, other, directory
        self._street = Street(chain)
        self._market = MarketStreet(chain, chain.new_account(), homes=2)
        self._numbers = 0
        self._seller = self._street.new_home()
        seller = Home(self._street, self._seller, self._folder())
        seller.submit(offer(seller.view(), available_milliwh=10**12))
        seller.wait(IntentConfirmed)
        seller.close()

    def close(self) -> None:
        """End the conversation with the chain."""
        self._market.close()

    def play(self, case: Case) -> Outcome:
        """Play one case."""
        gate = LiarGate(self._chain.port, self._other.port)
        urls = (gate.url, self._chain.url) if case.beside else (gate.url,)
        began_s = time.monotonic()
        try:
            play = self._home if case.who == "home" else self._utility
            wrong = play(case, gate, urls)
        except AssertionError as why:
            wrong = f"not healed: {why}"[:700]
        finally:
            gate.close()
        healed_s = time.monotonic() - began_s
        asked = frozenset(gate.questions)
        return Outcome(case=case, told=gate.told, asked=asked, healed_s=healed_s, wrong=wrong)

    def _folder(self) -> Path:
        self._numbers += 1
        folder = self._directory / str(self._numbers)
        folder.mkdir()
        return folder

    def _lie(self, case: Case, gate: LiarGate) -> None:
        gate.question, gate.how = case.question, case.how
        gate.left = float("inf") if case.for_ever else 1.0

    def _home(self, case: Case, gate: LiarGate, urls: tuple[str, ...]) -> str:
        account = self._street.new_home()
        meter = self._street.new_meter(account)
        self._report(account.account, meter)
        home = Home(
            self._street, account, self._folder(), sellers=(self._seller.account,), urls=urls,
            meter_id=meter, replace_after_s=5.0,
        )  # fmt: skip
        raised: list[Registers] = []
        raising = Raising(None, None, 900, 1, raise_to=raised.append)
        buyer = _Buyer(home, self._seller.account)

        def look() -> None:
            raising.look(home.all(ChainObserved)[-1].view, time.monotonic(), time.time())

        try:
            home.view()
            self._lie(case, gate)
            self._live(case, gate, buyer, look)
            gate.left = 0
            self._heal(home, buyer, look)
        finally:
            gate.left = 0
            home.close()
        return self._sound(case, len(buyer.bought), account.account, raised)

    def _live(self, case: Case, gate: LiarGate, buyer: "_Buyer", look: Callable[[], None]) -> None:
        """Buy while it is lied to: for a while, or until it was told once."""
        until_s = time.monotonic() + LIES_FOR_S
        while time.monotonic() < until_s:
            self._chain.mine()
            buyer.ask(1)
            look()
            if not case.for_ever and gate.told and buyer.bought:
                return
            time.sleep(0.1)

    def _heal(self, home: Home, buyer: "_Buyer", look: Callable[[], None]) -> None:
        """Buy one order more."""
        wants, until_s = len(buyer.bought) + 1, time.monotonic() + HEALED_WITHIN_S
        while len(buyer.bought) < wants:
            assert home.ledger.failure is None, home.ledger.failure
            assert time.monotonic() < until_s, f"no purchase; {_ends(home)}"
            self._chain.mine()
            buyer.ask(wants)
            look()
            time.sleep(0.2)

    def _sound(self, case: Case, confirmed: int, account: str, raised: list[Registers]) -> str:
        """Say what is not as it must be, or nothing."""
        bought = len(_orders_of(self._street, account))
        sent = self._chain.transactions_of(account)
        # The one that reported counts, too; alone, one order may be paid for that is not known.
        most = confirmed + (0 if case.beside else 1)
        if bought > most or (case.beside and bought != confirmed):
            return f"{bought} orders were bought, {confirmed} confirmed"
        if sent > MOST_TRANSACTIONS + confirmed:
            return f"{sent} transactions were sent"
        if any(
            told.import_milliwh > REPORTED.import_milliwh
            or told.export_milliwh > REPORTED.export_milliwh
            for told in raised
        ):
            return f"registers were raised to {raised}"
        return ""

    def _report(self, account: str, meter: int) -> None:
        block = self._chain.call("eth_getBlockByNumber", "latest", False)
        boundary = int(block["timestamp"], 16) // 900
        reading = Reading(meter=MeterName.CONNECTION, boundary=boundary, registers=REPORTED)
        data = self._market.registry.report(meter, [reading])
        self._chain.call("anvil_impersonateAccount", account)
        self._chain.call(
            "eth_sendTransaction", {"from": account, "to": self._street.registry, "data": data}
        )

    def _utility(self, case: Case, gate: LiarGate, urls: tuple[str, ...]) -> str:
        """Let a utility watch; afterwards it sees what a fresh one sees."""
        liar, honest = self._watcher(urls), self._watcher((self._chain.url,))
        try:
            liar.wait(1)
            self._lie(case, gate)
            interval = self._market.open_interval()
            until_s = time.monotonic() + LIES_FOR_S
            units = 100
            while time.monotonic() < until_s and (case.for_ever or not gate.told):
                units += 1
                self._market.place(self._market.homes[0], interval, bid(units))
                time.sleep(0.2)
            gate.left = 0

            def same() -> bool:
                self._chain.mine()
                time.sleep(0.2)
                return bool(liar.facts and honest.facts) and _same(liar.facts[-1], honest.facts[-1])

            until(same, "both see the same street", HEALED_WITHIN_S)
        finally:
            gate.left = 0
            liar.close()
            honest.close()
        return "" if liar.failure is None else f"the ledger ended: {liar.failure!r}"

    def _watcher(self, urls: tuple[str, ...]) -> "_Watcher":
        addresses = self._market.addresses
        settings = ledger_settings(
            urls[0],
            rpc_urls=urls,
            chain_id=31337,
            token=str(addresses.token),
            sale=str(addresses.sale),
            registry=str(addresses.registry),
            auction=addresses.auction,
            poll_s=0.1,
            timeout_s=5.0,
            read_only=True,
        )
        return _Watcher(settings, self._market.utility, self._folder())


class _Watcher:
    def __init__(self, settings, account, folder: Path) -> None:
        self.facts: list[StreetObserved] = []
        self._journal = Journal(folder / "journal.db")
        self._journal.open()
        observer = utility_observer(fills_up=True, homes=None)
        self._ledger = Ledger(settings, self._journal, account, self._post, observer=observer)
        self._ledger.start()

    @property
    def failure(self) -> BaseException | None:
        return self._ledger.failure

    def wait(self, count: int) -> None:
        """Wait for so many views."""
        until(lambda: len(self.facts) >= count, f"{count} views", HEALED_WITHIN_S)

    def close(self) -> None:
        """Stop."""
        self._ledger.close()
        self._journal.close()

    def _post(self, fact: object) -> None:
        if isinstance(fact, StreetObserved):
            self.facts.append(fact)


def _same(one: StreetObserved, other: StreetObserved) -> bool:
    mine, theirs = one.view, other.view
    return (
        mine.block == theirs.block
        and mine.rules == theirs.rules
        and mine.tariffs == theirs.tariffs
        and sorted(mine.orders, key=str) == sorted(theirs.orders, key=str)
        and mine.balance == theirs.balance
        and mine.grid_balance == theirs.grid_balance
        and mine.tokens == theirs.tokens
    )


class _Buyer:
    """Buy as a home's rules do: one order at a time, numbered by the newest view."""

    def __init__(self, home: Home, seller: str) -> None:
        self._home, self._seller = home, seller
        self._asked = 0

    @property
    def bought(self) -> set[int]:
        """Give the numbers that were confirmed."""
        return {fact.intent.number for fact in self._home.all(IntentConfirmed)}

    def ask(self, wants: int) -> None:
        """Ask for an order, if none is under way and fewer are bought."""
        home, bought = self._home, self.bought
        answered = len(home.all(IntentConfirmed)) + len(home.all(IntentRefused))
        if len(bought) >= wants or answered < self._asked:
            return
        last = home.all(ChainObserved)[-1].view.last_number
        for number in range(last + 1, last + 3):
            if number not in bought and number < 2**32:
                self._asked = answered + 1
                home.submit(order(self._seller, number, energy_milliwh=2_000))
                return


def _ends(home: Home) -> str:
    """Say how it ended: the newest of what was lost and refused, and the promises under way."""
    lost = [fact.reason for fact in home.all(ChainLost)[-2:]]
    refused = [(fact.name, fact.sentence) for fact in home.all(IntentRefused)[-2:]]
    live = [(p.identity, p.state.value, [a.nonce for a in p.attempts]) for p in home.journal.live()]
    return f"lost {lost}, refused {refused}, under way {live}"


def _orders_of(street: Street, account: str) -> list[str]:
    found = []
    for transaction in opening_transactions(street):
        sender = street.chain.call("eth_getTransactionByHash", transaction)["from"]
        if sender.lower() == account.lower():
            found.append(transaction)
    return found


@contextmanager
def liar_street() -> Iterator[LiarStreet]:
    """Start a street whose files are gone after it."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chain = stack.enter_context(running_chain("--auto-impersonate"))
        other = stack.enter_context(running_chain())
        street = LiarStreet(chain, other, directory)
        stack.callback(street.close)
        yield street


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


def table(outcomes: Sequence[Outcome]) -> str:
    """Write what became of the cases: a line for each question, and each that was wrong."""
    lines = ["who, question | cases | lied to | lies | wrong | longest to heal"]
    by_question = Counter((found.case.who, found.case.question) for found in outcomes)
    for (who, question), count in by_question.items():
        of_it = [f for f in outcomes if (f.case.who, f.case.question) == (who, question)]
        row = (
            f"{who}, {question}",
            count,
            sum(f.told > 0 for f in of_it),
            sum(f.told for f in of_it),
            sum(bool(f.wrong) for f in of_it),
            f"{max(f.healed_s for f in of_it):.1f} s",
        )
        lines.append(" | ".join(map(str, row)))
    lines += [f"WRONG {found.case}: {found.wrong}" for found in outcomes if found.wrong]
    return "\n".join(lines)


def main() -> int:
    """Run the campaign and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.liar", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, help="so many cases, chosen by the seed; all")
    parser.add_argument("--only", default="", help="cases whose text has this in it")
    parser.add_argument("--append", type=Path, help="write the table behind this file's end")
    chosen = parser.parse_args()
    wanted = [case for case in cases() if chosen.only in str(case)]
    random.Random(chosen.seed).shuffle(wanted)
    outcomes = []
    for found in campaign(wanted[: chosen.count]):
        outcomes.append(found)
        verdict = f"WRONG: {found.wrong}" if found.wrong else "well"
        print(f"{found.case}: {found.told} lies, {found.healed_s:.1f} s, {verdict}", flush=True)
    text = table(outcomes)
    print(text)
    if chosen.append:
        with chosen.append.open("a", encoding="utf-8") as file:
            file.write(text + "\n")
    return int(any(found.wrong for found in outcomes))


if __name__ == "__main__":
    sys.exit(main())
