"""Carry `post-price` out: once, a price that is given; or on a schedule, what a source says."""

import argparse
import signal
import threading
import time
from collections.abc import Callable

from contracts.price_poster import Bounds, InUse, Poster
from contracts.price_source import Picks, source_at
from node.core.errors import Refused
from node.core.units import format_tokens
from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked_now
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.registry import RegistryContract
from node.ledger.operator.deploy import post_price
from node.ledger.operator.transact import Transactor

Tell = Callable[[str], None]
_NO_PRICE = "RegistryNoPrice"


def command_price(
    chosen: argparse.Namespace, rpc: Rpc, transactor: Transactor, registry: str, tell: Tell
) -> None:
    """Post a price, or follow a source until SIGTERM or SIGINT; with `--once` look once.

    Raises:
        ValueError: there is no price, two, or no bounds for what a source says.
        Refused: the chain or the contract said no; or, once, nothing could be posted.
        ChainUnavailable: no endpoint answered.
    """
    if (chosen.price is None) == (chosen.source is None):
        raise ValueError("give --price, or a --source that says it")
    if chosen.source is None:
        post_price(transactor, registry, chosen.price)
        tell(f"done: the price in use is {format_tokens(chosen.price)} per kWh")
        return
    _follow(chosen, rpc, transactor, registry, tell)


def _follow(
    chosen: argparse.Namespace, rpc: Rpc, transactor: Transactor, registry: str, tell: Tell
) -> None:
    bounds = _bounds(chosen)
    picks = Picks(price=chosen.pick, factor=chosen.factor, time=chosen.time)
    source = source_at(chosen.source, picks)
    poster = Poster(
        source,
        lambda: _in_use(rpc, registry),
        lambda price: post_price(transactor, registry, price),
        bounds,
        tell,
    )
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        tell(f"following {chosen.source}, every {chosen.every} s")
        while not ended.is_set():
            is_so = poster.look(time.time())
            if chosen.once:
                if not is_so:
                    raise Refused("NothingPosted", "nothing was posted: see above")
                return
            ended.wait(chosen.every)
    finally:
        source.close()
    tell("ended")


def _bounds(chosen: argparse.Namespace) -> Bounds:
    least, most = chosen.least_price, chosen.most_price
    if least is None or most is None:
        raise ValueError("--source needs --least-price and --most-price: nothing else is posted")
    if least > most:
        raise ValueError(f"--least-price {format_tokens(least)} is above --most-price")
    return Bounds(
        least_per_kwh=least, most_per_kwh=most, max_age_s=chosen.max_age, renew_s=chosen.renew
    )


def _in_use(rpc: Rpc, registry: str) -> InUse | None:
    contract = RegistryContract(checksum_address(registry))
    try:
        price, posted_at_s = asked_now(rpc, contract.price_in_use())
    except RpcError as error:
        if error.refusal is not None and error.refusal.name == _NO_PRICE:
            return None
        raise
    return InUse(price_per_kwh=price, posted_at_s=posted_at_s)
