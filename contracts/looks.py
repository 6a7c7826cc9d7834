"""Carry out what only looks, and needs no key: balances, verify."""

import argparse
from collections.abc import Callable, Mapping

from node.core.units import format_tokens
from node.ledger.chain.rpc import Rpc
from node.ledger.operator.balances import balances
from node.ledger.operator.verify import verify

_WEI = 10**18


Look = Callable[[argparse.Namespace, Rpc, Mapping[str, str]], int]
"""Look at contracts by their addresses; give the exit status."""


def show_balances(chosen: argparse.Namespace, rpc: Rpc, at: Mapping[str, str]) -> int:
    """Print a line for each account, and what all have together.

    Raises:
        Refused: no account is named, and none can be found.
        ChainUnavailable: no endpoint answered.
        ValueError: the token is not named.
    """
    if "token" not in at:
        raise ValueError("no token: give --token, or --parameters of a deployed community")
    found = balances(rpc, at["token"], at.get("registry"), at.get("auction"), chosen.of or ())
    print(f"block {found.block}, {format_tokens(found.supply)} tokens in all")
    print(f"{'account':<42} {'tokens':>16} {'at auction':>16} {'owed':>12} {'coin':>12}  meters")
    for purse in found.purses:
        print(
            f"{purse.account:<42} {format_tokens(purse.tokens):>16}"
            f" {format_tokens(purse.at_auction):>16} {format_tokens(purse.owed):>12}"
            f" {purse.coin_wei / _WEI:>12.6f}  {', '.join(map(str, purse.meters)) or '-'}"
        )
    tokens = sum(purse.tokens for purse in found.purses)
    at_auction = sum(purse.at_auction for purse in found.purses)
    print(f"{'together':<42} {format_tokens(tokens):>16} {format_tokens(at_auction):>16}")
    return 0


def show_verdicts(_: argparse.Namespace, rpc: Rpc, at: Mapping[str, str]) -> int:
    """Print a line for each thing that was looked at; exit status 1 if one is not as it should be.

    Raises:
        ChainUnavailable: no endpoint answered.
        ValueError: no contract is named.
    """
    if not at:
        raise ValueError("no contract is named: give --token and the like, or --parameters")
    is_well = True
    for verdict in verify(rpc, at):
        print(f"{'well' if verdict.is_well else 'FAIL'}  {verdict.what}: {verdict.sentence}")
        is_well = is_well and verdict.is_well
    return 0 if is_well else 1


LOOKS: Mapping[str, Look] = {"balances": show_balances, "verify": show_verdicts}
