"""The community now: who feeds whom, what the utility does, and how each home is."""

from collections.abc import Mapping, Sequence

from page.follow import Said
from page.html import Html, fill, joined
from page.views.community.feeding import feeding
from page.views.day import table_of
from page.views.frame import UNKNOWN, coins, facts, instant, money, number_in, text_in, whole
from page.views.names import Names, called, names_in
from page.views.now import away
from page.words import Words

Row = Mapping[str, object]


def community_now(said: Said, words: Words) -> Html:
    """Show it; what is live stands in one section, and is sent again as it is."""
    if said.at_s is None:
        return away(said, words)
    picture = said.picture
    found = picture.get("community")
    community: Row = found if isinstance(found, Mapping) else {}
    names = names_in(picture)
    return joined(
        (
            away(said, words) if said.problem else Html(""),
            feeding(community, names, words),
            _silence(homes_in(community), names, words),
            _doing(picture, words),
            _facts(picture, words),
            _homes(homes_in(community), names, words),
            fill(
                '<p class="when">{as_of} {when}</p>', as_of=words("As of"), when=instant(said.at_s)
            ),
        )
    )


def homes_in(community: Row) -> list[Row]:
    """Give the homes that are told of."""
    found = community.get("homes")
    return [one for one in found if text_in(one, "account")] if isinstance(found, list) else []


def _silence(homes: Sequence[Row], names: Names, words: Words) -> Html:
    told = [
        words("{home} has not reported since {when}.").format(
            home=called(text_in(home, "account"), names), when="{when}"
        )
        if number_in(home, "last_reading_s") is not None
        else words("Of {home} no reading is known.").format(
            home=called(text_in(home, "account"), names)
        )
        for home in homes
        if home.get("silent") is True
    ]
    if not told:
        return Html("")
    since = [number_in(home, "last_reading_s") for home in homes if home.get("silent") is True]
    rows = [_with_instant(one, at_s) for one, at_s in zip(told, since, strict=True)]
    return fill(
        '<section class="faults"><h2>{head}</h2><ul>{rows}</ul></section>',
        head=words("Silent homes"),
        rows=rows,
    )


def _with_instant(sentence: str, at_s: float | None) -> Html:
    before, _, after = sentence.partition("{when}")
    when = instant(at_s) if at_s is not None else Html("")
    return fill("<li>{before}{when}{after}</li>", before=before, when=when, after=after)


def _doing(picture: Row, words: Words) -> Html:
    if picture.get("starting") is True:
        starting = words("It is starting: chain, broker and relays are asked.")
        return fill('<p class="why" role="status">{starting}</p>', starting=starting)
    reason = text_in(picture, "reason")
    parts = [fill("<dt>{told}</dt><dd>{reason}</dd>", told=words("The utility"), reason=reason)]
    for name, head in (("problems", words("Problem")), ("refusals", words("Refused"))):
        found = picture.get(name)
        for what, sentence in found.items() if isinstance(found, Mapping) else ():
            parts.append(
                fill(
                    "<dt>{head} <b>{what}</b></dt><dd>{sentence}</dd>",
                    head=head,
                    what=str(what),
                    sentence=str(sentence),
                )
            )
    return fill('<dl class="why">{parts}</dl>', parts=parts)


def _facts(picture: Row, words: Words) -> Html:
    closes_s = number_in(picture, "next_gate", "closes_at_s")
    rows: list[tuple[str, object]] = [
        (words("Next gate"), UNKNOWN if closes_s is None else instant(closes_s)),
        (words("Orders for it"), whole(number_in(picture, "next_gate", "orders"))),
        (words("Orders that are not settled"), whole(number_in(picture, "unsettled"))),
        (words("The grid's money"), money(number_in(picture, "grid_balance"))),
        (words("What the grid owes"), money(number_in(picture, "grid_owes"))),
        (words("The utility's tokens"), money(number_in(picture, "tokens"))),
        (words("The utility's gas"), coins(number_in(picture, "gas_balance_wei"))),
        (words("Block"), whole(number_in(picture, "block"))),
    ]
    return facts(rows)


def _homes(homes: Sequence[Row], names: Names, words: Words) -> Html:
    if not homes:
        return Html("")
    rows = [
        fill(
            '<tr><th scope="row" title="{account}">{name}</th><td>{meter}</td><td>{last}</td>'
            "<td>{balance}</td><td>{gas}</td></tr>",
            account=text_in(home, "account"),
            name=called(text_in(home, "account"), names),
            meter=whole(number_in(home, "meter_id") or None),
            last=instant(number_in(home, "last_reading_s")),
            balance=money(number_in(home, "balance")),
            gas=coins(number_in(home, "gas_wei")),
        )
        for home in homes
    ]
    heads = (
        words("Home"), words("Meter"), words("Last reading"), words("Tokens at the auction"),
        words("Gas"),
    )  # fmt: skip
    head = words("Homes")
    return fill("<h2>{head}</h2>{table}", head=head, table=table_of(heads, rows, head))
