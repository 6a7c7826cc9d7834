"""Carry a person's changes to the home: each is a form that was sent from the page itself."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from node.core.errors import NodeError
from node.system.words import told
from page.door import form_of
from page.follow import Followed
from page.html import Html
from page.views.controls import controls_view
from page.views.frame import text_in
from page.words import Words

_MOST = 64
_BACK = "back"


class Controls:
    """Show and take what can be changed; `find` gives the program, `draw` the whole page."""

    def __init__(
        self,
        find: Callable[[web.Request], Awaitable[Followed]],
        draw: Callable[[web.Request, Html, int], web.Response],
    ) -> None:
        self._find = find
        self._draw = draw

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the forms."""
        return await self._shown(request)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one change, and show what has become of it."""
        program, form = await self._find(request), await form_of(request)
        asked = _asked(form, request)
        if asked is None:
            raise web.HTTPBadRequest(text="this form says nothing that can be done\n")
        try:
            await program.put(asked)
        except NodeError as error:
            if "key" not in form:
                return await self._shown(request, problem=told(error))
            refused = form["key"][:_MOST], form.get("value", "")[:_MOST], told(error)
            return await self._shown(request, refused=refused)
        await program.refresh()
        raise web.HTTPSeeOther("controls")

    async def _shown(
        self,
        request: web.Request,
        *,
        refused: tuple[str, str, str] | None = None,
        problem: str = "",
    ) -> web.StreamResponse:
        program, words = await self._find(request), Words.of(request)
        said = await program.now()
        rows: list[Mapping[str, object]] = []
        try:
            found = await program.put({"do": "wishes"})
            if isinstance(found, list):
                rows = [row for row in found if text_in(row, "key")]
        except NodeError as error:
            problem = problem or _why_none(told(error), words)
        if refused is not None and refused[0] not in {text_in(row, "key") for row in rows}:
            problem = refused[2]
        body = controls_view(said.picture, rows, words, refused=refused, problem=problem)
        return self._draw(request, body, 422 if refused or problem else 200)


def _why_none(sentence: str, words: Words) -> str:
    if "ask for one of" in sentence:
        return words("This program is older than the page, or lets nothing be changed here.")
    return sentence


def _asked(form: Mapping[str, str], request: web.Request) -> Mapping[str, object] | None:
    """Give what a form asks of the home; None where it asks nothing."""
    if (own := form.get("own_source")) in ("on", "off"):
        return {"do": "own_source", "on": own == "on"}
    key, value = form.get("key", "")[:_MOST], form.get("value", "")[:_MOST]
    if not key:
        return None
    wished = None if form.get("do") == _BACK else value
    by = f"the page, from {request.remote}"
    return {"do": "wish", "key": key, "value": wished, "by": by}
