"""What every program's `check` says of the chain: each endpoint by itself, and the calendar."""

from collections.abc import Iterator
from dataclasses import replace

from node.account.show import require_code
from node.core.errors import ConfigError, NodeError
from node.core.records import BlockStamp
from node.ledger.settings import LedgerSettings, endpoint_name
from node.parameters.scheme import Parameters
from node.settings import clock_of
from node.system.report import Finding, line
from node.system.words import span, told


def not_let_in(error: ConfigError) -> Finding:
    """Say why what the endpoints ask for cannot be read."""
    return line("contract.login_file", error.problems[0].bound, "mend it: docs/chains.md")


def each_endpoint(settings: LedgerSettings) -> Iterator[Finding]:
    """Ask each of several endpoints by itself: the first that answers hides the others."""
    if len(settings.rpc_urls) == 1:
        return
    for url in settings.rpc_urls:
        what = f"endpoint {endpoint_name(url)}"
        try:
            require_code(replace(settings, rpc_urls=(url,)))
        except NodeError as error:
            yield line(what, told(error), "mend it, or take it out of contract.node")
        else:
            yield line(what, "every contract has code")


def calendar(parameters: Parameters, block: BlockStamp) -> Finding:
    """Compare this machine's calendar with the newest block's."""
    clock, most_s = clock_of(parameters), parameters.contract.max_age_s
    # As the running node judges it, in seconds that really pass.
    ahead_s = (clock.calendar_s() - block.timestamp_s) / parameters.clock.speed
    apart = span(abs(ahead_s))
    if ahead_s > most_s:
        remedy = "set the clock (timedatectl shows it); if it is right, the chain stands still"
        return line("calendar", f"{apart} ahead of the newest block {block.number}", remedy)
    if -ahead_s > most_s:
        remedy = "set the clock (timedatectl shows it); if it is right, the chain's is wrong"
        return line("calendar", f"{apart} behind the newest block {block.number}", remedy)
    return line("calendar", f"agrees with block {block.number}, within {most_s:g} s")
