"""Make inputs from valid examples: bytes, tokens, numbers, nesting, truncation and splicing.

One seed gives one sequence of inputs. Knows the shape of text formats (quotes, brackets, numbers,
lines), not any one grammar; a target adds its own examples and tokens.
"""

import random
import re
from collections.abc import Sequence

LONGEST_INPUT = 20_000
_MOST_MUTATIONS = 4
_SHARE_AS_IT_IS = 0.05

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|0x[0-9a-fA-F]*|\w+|\S')
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_HEXADECIMAL = re.compile(rb"0x[0-9a-fA-F]*")

_NUMBERS = (
    b"0", b"-0", b"-1", b"1", b"2", b"127", b"128", b"255", b"256", b"65535", b"65536",
    b"2147483648", b"4294967295", b"4294967296", b"9223372036854775807", b"9223372036854775808",
    b"18446744073709551615", b"18446744073709551616", b"1" + b"0" * 20, b"9" * 78, b"7" * 5000,
    b"0.5", b"1e5", b"1e308", b"1e309", b"-1e999", b"1E-400", b"00", b"01", b"+1", b".5", b"1.",
    b"NaN", b"Infinity", b"-Infinity", b"nan", b".inf", b"0x", b"0xg", b"0x00", b"1_000",
    "\u0661\u0662".encode(),
)  # fmt: skip
_TOKENS = (
    b"null", b"true", b"false", b"{}", b"[]", b'""', b'"a"', b"{", b"}", b"[", b"]", b":", b",",
    b'"', b"\\", b"'", b"\n", b"\r\n", b"\r", b"\0", b" ", b"\t", b"\xff", b"\xc0\x80",
    b"\xed\xa0\x80", b"\xef\xbb\xbf", b'"\\ud800"', b'"\\u0000"', b'"\\x"', "\u2028".encode(),
    "\U0001f600".encode(), b"0x", b"0x1", b"0x" + b"f" * 64, b"0x" + b"f" * 66, b"0x" + b"0" * 40,
    b"__class__", b"type",
)  # fmt: skip
_BRACKETS = ((b"[", b"]"), (b'{"a":', b"}"), (b"(", b")"), (b'"', b'"'))


class Mutator:
    """Give inputs, one after the other; `examples` are valid, `tokens` the format's own words."""

    def __init__(self, seed: int, examples: Sequence[bytes], tokens: Sequence[bytes] = ()) -> None:
        self._random = random.Random(seed)
        self._examples = tuple(examples)
        self._longest = max(LONGEST_INPUT, *(2 * len(example) for example in examples))
        self._tokens = (*_TOKENS, *tokens, *tokens)
        self._changes = (
            self._change_byte, self._change_bit, self._insert_noise, self._replace_token,
            self._replace_token, self._insert_token, self._drop_token, self._repeat_token,
            self._change_number, self._change_number, self._stretch_hexadecimal, self._nest,
            self._truncate, self._splice, self._drop_line, self._swap_lines, self._repeat_part,
        )  # fmt: skip

    def next(self) -> bytes:
        """Give the next input."""
        pick = self._random
        data = pick.choice(self._examples)
        if pick.random() < _SHARE_AS_IT_IS:
            return data
        for _ in range(pick.randint(1, _MOST_MUTATIONS)):
            data = pick.choice(self._changes)(data)
        return data[: self._longest]

    def _at(self, data: bytes) -> int:
        return self._random.randint(0, len(data))

    def _span(self, data: bytes, longest: int = 64) -> tuple[int, int]:
        start = self._at(data)
        return start, min(len(data), start + self._random.randint(1, longest))

    def _one_of(self, pattern: re.Pattern[bytes], data: bytes) -> tuple[int, int] | None:
        # From a random place on, so that no input costs a walk over all of it.
        found = pattern.search(data, self._at(data)) or pattern.search(data)
        return found.span() if found else None

    def _change_byte(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes([self._random.randrange(256)]) + data[at + 1 :]

    def _change_bit(self, data: bytes) -> bytes:
        if not data:
            return b"\x80"
        at = self._random.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1 :]

    def _insert_noise(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + self._random.randbytes(self._random.randint(1, 16)) + data[at:]

    def _replace_token(self, data: bytes) -> bytes:
        return self._replaced(data, _TOKEN, self._random.choice(self._tokens))

    def _insert_token(self, data: bytes) -> bytes:
        span = self._one_of(_TOKEN, data)
        at = span[0] if span else 0
        return data[:at] + self._random.choice(self._tokens) + data[at:]

    def _drop_token(self, data: bytes) -> bytes:
        return self._replaced(data, _TOKEN, b"")

    def _repeat_token(self, data: bytes) -> bytes:
        span = self._one_of(_TOKEN, data)
        if span is None:
            return data
        return data[: span[1]] + data[span[0] : span[1]] + data[span[1] :]

    def _change_number(self, data: bytes) -> bytes:
        span = self._one_of(_NUMBER, data)
        if span is None:
            return data + self._random.choice(_NUMBERS)
        if self._random.random() < 0.5 or span[1] - span[0] > 30:
            return data[: span[0]] + self._random.choice(_NUMBERS) + data[span[1] :]
        whole = int(data[span[0] : span[1]].split(b".")[0])
        near = whole + self._random.choice((-1, 1, whole, -2 * whole, 1 << 32, 1 << 64))
        return data[: span[0]] + str(near).encode() + data[span[1] :]

    def _stretch_hexadecimal(self, data: bytes) -> bytes:
        span = self._one_of(_HEXADECIMAL, data)
        if span is None:
            return data
        digits = data[span[0] + 2 : span[1]]
        keep = self._random.choice((0, 1, len(digits) // 2, max(0, len(digits) - 1), len(digits)))
        digits = digits[:keep] + self._random.choice((b"", b"0", b"F", b"ff" * 32, b"aB" * 200))
        return data[: span[0]] + b"0x" + digits + data[span[1] :]

    def _nest(self, data: bytes) -> bytes:
        opening, closing = self._random.choice(_BRACKETS)
        depth = self._random.choice((1, 1, 2, 10, 400, 1100, 2500))
        span = self._one_of(_TOKEN, data)
        start, end = span or (0, len(data))
        shut = closing * (depth if self._random.random() < 0.7 else 0)
        return data[:start] + opening * depth + data[start:end] + shut + data[end:]

    def _truncate(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] if self._random.random() < 0.7 else data[at:]

    def _splice(self, data: bytes) -> bytes:
        other = self._random.choice(self._examples)
        if self._random.random() < 0.5:
            return data + other
        start, end = self._span(other, 400)
        at = self._at(data)
        return (
            data[:at] + other[start:end] + data[at + (end - start) * self._random.randint(0, 1) :]
        )

    def _drop_line(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        del lines[self._random.randrange(len(lines))]
        return b"\n".join(lines)

    def _swap_lines(self, data: bytes) -> bytes:
        lines = data.split(b"\n")
        one, other = (self._random.randrange(len(lines)) for _ in range(2))
        lines[one], lines[other] = lines[other], lines[one]
        return b"\n".join(lines)

    def _repeat_part(self, data: bytes) -> bytes:
        start, end = self._span(data)
        times = self._random.choice((1, 2, 8, 64))
        return data[:end] + data[start:end] * times + data[end:]

    def _replaced(self, data: bytes, pattern: re.Pattern[bytes], by: bytes) -> bytes:
        span = self._one_of(pattern, data)
        return data if span is None else data[: span[0]] + by + data[span[1] :]
