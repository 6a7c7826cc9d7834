"""What the home's person may change: the source, and the numbers that the home lets be wished."""

from collections.abc import Mapping, Sequence

from page.html import Html, fill, joined
from page.views.frame import text_in
from page.words import Words

_SOURCE = """<section><h2>{head}</h2><p>{now}</p>
<form method="post" action="controls"><input type="hidden" name="own_source" value="{other}">
<button>{word}</button></form></section>
"""
_WISH = """<form method="post" action="controls" class="wish">
<input type="hidden" name="key" value="{key}">
<label for="{key}">{sentence}</label>
<p class="bound" id="{key}-bound">{key}: {bound}</p>
<span class="row"><input id="{key}" name="value" value="{value}" inputmode="decimal" maxlength="40"
 autocomplete="off" required aria-describedby="{key}-bound{more}"{invalid}>
<button name="do" value="set">{set}</button>{back}</span>{told}{problem}
</form>
"""
_BACK = '<button name="do" value="back" formnovalidate>{word}</button>'
_PROBLEM = '<p role="alert" id="{key}-problem">{problem}</p>'


def controls_view(
    picture: Mapping[str, object],
    rows: Sequence[Mapping[str, object]],
    words: Words,
    *,
    refused: tuple[str, str, str] | None = None,
    problem: str = "",
) -> Html:
    """Show what can be changed; `refused` is a key, the value that was sent, and why not."""
    parts = [fill('<p role="alert">{problem}</p>', problem=problem)] if problem else []
    if "wants_own_source" in picture:
        parts.append(_source(picture.get("wants_own_source") is True, words))
    notice = text_in(picture, "wish_notice")
    if notice:
        parts.append(fill('<p class="notice">{notice}</p>', notice=notice))
    if rows:
        head = words("Limits, amounts and prices")
        told = words(
            "A change counts at once, is checked as the parameters file is, and stands over it"
            " until the file itself says something new."
        )
        parts.append(fill("<h2>{head}</h2><p>{told}</p>", head=head, told=told))
    parts += [_wish(row, words, refused) for row in rows]
    return joined(parts)


def _source(stays: bool, words: Words) -> Html:
    now = (
        words("It stays on its own source, as was wished.")
        if stays
        else words("It decides by itself.")
    )
    word = words("Let it decide") if stays else words("Stay on the own source")
    other = "off" if stays else "on"
    return fill(_SOURCE, head=words("Source"), now=now, other=other, word=word)


def _wish(row: Mapping[str, object], words: Words, refused: tuple[str, str, str] | None) -> Html:
    key, wish = text_in(row, "key"), text_in(row, "wish")
    file = text_in(row, "file")
    said = file or words("not set, so {default}").format(default=text_in(row, "default"))
    problem = refused[2] if refused is not None and refused[0] == key else ""
    told = Html("")
    if wish:
        sentence = words("Wished since {at} by {by}; the file says {file}.")
        told = fill(
            '<p class="wished">{told}</p>',
            told=sentence.format(at=text_in(row, "at"), by=text_in(row, "by"), file=said),
        )
    return fill(
        _WISH,
        key=key,
        sentence=text_in(row, "sentence"),
        bound=text_in(row, "bound"),
        value=refused[1] if problem and refused is not None else wish or file,
        more=f" {key}-problem" if problem else "",
        invalid=Html(' aria-invalid="true"') if problem else Html(""),
        set=words("Set"),
        back=fill(_BACK, word=words("Back to the file's")) if wish else Html(""),
        told=told,
        problem=fill(_PROBLEM, key=key, problem=problem) if problem else Html(""),
    )
