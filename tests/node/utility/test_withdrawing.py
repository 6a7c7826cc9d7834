"""The utility's money leaves in three steps, each asked for by its person."""

import pytest

from node.core.commands import AnnounceWithdrawal, ExecuteWithdrawal, WithdrawBalance
from node.core.errors import Refused
from node.utility.withdrawing import withdrawal_of


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        ({"step": "announce", "amount": 5}, AnnounceWithdrawal(amount=5)),
        ({"step": "announce", "amount": 0}, AnnounceWithdrawal(amount=0)),
        ({"step": "execute"}, ExecuteWithdrawal()),
        ({"step": "take", "amount": 5}, WithdrawBalance(amount=5)),
    ],
)
def test_each_step_is_a_command(request_, command):
    assert withdrawal_of(request_) == command


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"step": "all", "amount": 5},
        {"step": "announce"},
        {"step": "announce", "amount": -1},
        {"step": "announce", "amount": 2**256},
        {"step": "announce", "amount": 1.5},
        {"step": "execute", "amount": 5},
        {"step": "take", "amount": 0},
        {"step": "take"},
    ],
)
def test_what_is_no_step_is_refused(request_):
    with pytest.raises(Refused):
        withdrawal_of(request_)
