"""What no line may hold, each refused by its name."""

import pytest

from node.core.errors import Refused
from node.core.wire.strict_json import Members, read_object

LONGEST = 1000


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'{"a":"' + b"x" * LONGEST + b'"}', "LineTooLong"),
        (b'{"a":"\xff"}', "NotUtf8"),
        (b"", "NotJson"),
        (b"[]", "NotJson"),
        (b"1", "NotJson"),
        (b'{"a":1', "NotJson"),
        (b'{"a":1}{"b":2}', "NotJson"),
        (b"{'a':1}", "NotJson"),
        (b'{"a":"\n"}', "NotJson"),
        (b"[" * 900, "TooDeep"),
        (b'{"a":' * 190, "NotJson"),
        (b'{"a":NaN}', "NotFinite"),
        (b'{"a":-Infinity}', "NotFinite"),
        (b'{"a":1e999}', "NotFinite"),
        (b'{"a":100000000000000000000}', "NumberTooLarge"),
        (b'{"a":-10000000000000000000}', "NumberTooLarge"),
        (b'{"a":1,"a":1}', "DuplicateKey"),
        (b'{"a":{"b":1,"b":2}}', "DuplicateKey"),
    ],
)
def test_line_is_refused_by_name(line: bytes, name: str) -> None:
    with pytest.raises(Refused) as refused:
        read_object(line, LONGEST)
    assert name == refused.value.name


def test_deepest_line_that_is_let_through_is_read() -> None:
    nested = b'{"a":' + b"[" * 511 + b"]" * 511 + b"}"
    assert read_object(nested, 8192).has("a")


@pytest.mark.parametrize(
    "take",
    [
        lambda members: members.text("text", 2),
        lambda members: members.text("whole"),
        lambda members: members.text("control"),
        lambda members: members.text("surrogate"),
        lambda members: members.whole("text", 0, 9),
        lambda members: members.whole("whole", 0, 6),
        lambda members: members.whole("flag", 0, 9),
        lambda members: members.whole("number", 0, 9),
        lambda members: members.number("text", 0, 9),
        lambda members: members.number("number", 2, 9),
        lambda members: members.flag("whole"),
        lambda members: members.address("text"),
        lambda members: members.octets("text", 2),
        lambda members: members.octets("upper", 2),
        lambda members: members.octets("octets", 3),
        lambda members: members.wholes("falling", 9, 9),
        lambda members: members.wholes("twice", 9, 9),
        lambda members: members.wholes("rising", 2, 9),
        lambda members: members.wholes("rising", 9, 2),
        lambda members: members.wholes("flags", 9, 9),
        lambda members: members.wholes("text", 9, 9),
        lambda members: members.texts("rising", 9),
        lambda members: members.within("text"),
        lambda members: list(members.each("rising", 9)),
    ],
)
def test_member_that_does_not_fit_is_refused(take) -> None:
    with pytest.raises(Refused) as refused:
        take(members())
    assert refused.value.name == "BadField"


def test_member_that_fits_is_taken() -> None:
    found = members()
    assert found.text("text") == "abc"
    assert found.whole("whole", 7, 7) == 7
    assert found.number("number", 0, 9) == 1.5
    assert found.flag("flag")
    assert found.octets("octets", 2) == b"\xab\xcd"
    assert found.wholes("rising", 3, 3) == (1, 2, 3)


def test_missing_member_is_refused() -> None:
    with pytest.raises(Refused, match="MissingField: nothing is missing"):
        members().flag("nothing")


def test_member_that_nobody_took_is_refused() -> None:
    found = read_object(b'{"a":{"b":1,"c":2}}', LONGEST)
    inner = found.within("a")
    inner.whole("b", 0, 9)
    with pytest.raises(Refused, match=r"UnknownField: 'a\.c'"):
        inner.done()


def members() -> Members:
    line = (
        b'{"text":"abc","whole":7,"number":1.5,"flag":true,"control":"\\u0007",'
        b'"surrogate":"\\ud800","octets":"0xabcd","upper":"0xABCD","falling":[2,1],'
        b'"twice":[1,1],"rising":[1,2,3],"flags":[true]}'
    )
    return read_object(line, LONGEST)
