"""Write and read the journal's rows of signed transactions."""

import sqlite3

from node.state.promise import Attempt


def insert_attempt(database: sqlite3.Connection, promise_id: int, attempt: Attempt) -> None:
    """Add a signed transaction to a promise; fees are texts, since they may pass 64 bits."""
    fees = (str(attempt.fee_wei), str(attempt.tip_wei))
    database.execute(
        "INSERT INTO attempts (promise, nonce, hash, raw, fee_wei, tip_wei, closes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (promise_id, attempt.nonce, attempt.hash, attempt.raw, *fees, attempt.closes),
    )


def attempt_of(row: tuple[int, str, bytes, str, str, int]) -> Attempt:
    """Read a signed transaction.

    Raises:
        ValueError: a fee is no number.
    """
    nonce, transaction, raw, fee_wei, tip_wei, closes = row
    return Attempt(
        nonce=nonce,
        hash=transaction,
        raw=raw,
        fee_wei=int(fee_wei),
        tip_wei=int(tip_wei),
        closes=bool(closes),
    )
