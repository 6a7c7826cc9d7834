"""Sessions: who is known, for how long, and what ends that."""

from page.sessions import MOST_SESSIONS, Sessions


class Now:
    s = 0.0

    def __call__(self):
        return self.s


def test_a_session_lasts_from_its_last_use_and_ends_alone():
    now = Now()
    sessions = Sessions(100.0, now)
    one, other = sessions.begin(), sessions.begin()
    now.s = 90.0
    assert sessions.holds(one)
    now.s = 150.0

    assert sessions.holds(one)
    assert not sessions.holds(other)
    sessions.end(one)
    assert not sessions.holds(one)
    for stranger in (None, "", "A" * 43, "\udcff"):
        assert not sessions.holds(stranger)
        sessions.end(stranger)


def test_of_too_many_the_one_goes_that_was_used_longest_ago():
    now = Now()
    sessions = Sessions(1e9, now)
    tokens = []
    for _ in range(MOST_SESSIONS):
        now.s += 1.0
        tokens.append(sessions.begin())
    now.s += 1.0
    assert sessions.holds(tokens[0])

    newest = sessions.begin()

    assert [token for token in tokens if not sessions.holds(token)] == [tokens[1]]
    assert sessions.holds(newest)


def test_all_end_at_once_and_no_token_is_kept_as_it_is():
    sessions = Sessions(100.0, Now())
    token = sessions.begin()
    assert token not in repr(sessions._until)

    sessions.end_all()

    assert not sessions.holds(token)
