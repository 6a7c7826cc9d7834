"""Letting a person in: the first password, login and logout, each as slow as guessing must be.

One try is worked on at a time, so that scrypt's memory is taken once; a few may wait.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import ceil

from aiohttp import web

from node.core.errors import Refused
from page.guard import MOST_BODY, refused
from page.html import Html, fill
from page.password import LEAST_LENGTH, MOST_LENGTH, Mark, PasswordFile
from page.patience import Patience
from page.sessions import Sessions
from page.views.frame import page, up_of
from page.words import Words

log = logging.getLogger(__name__)

COOKIE = "peerwatt_page"
BODY_WITHIN_S = 10.0
MOST_WAITING = 8
_CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 12

_LOGIN = """<form method="post" class="login">
<p role="alert">{problem}</p>
<label>{label} <input type="password" name="password" autocomplete="current-password" required
 autofocus maxlength="{most}"></label>
<button>{word}</button>
</form>
"""
_FIRST = """<p>{told}</p>
<form method="post" class="login">
<p role="alert">{problem}</p>
<label>{code} <input name="code" autocomplete="one-time-code" required autofocus></label>
<label>{label} <input type="password" name="password" autocomplete="new-password" required
 minlength="{least}" maxlength="{most}"></label>
<button>{word}</button>
</form>
"""


class Door:
    """Hold password and sessions; `on_change` is called when there is another password, or none."""

    def __init__(
        self, file: PasswordFile, lasts_s: float, prefix: str, on_change: Callable[[], None]
    ) -> None:
        self.sessions = Sessions(lasts_s, time.monotonic)
        self._file = file
        self._mark = file.mark()
        self._lasts_s = lasts_s
        self._path = f"{prefix}/"
        self._on_change = on_change
        self._patience = Patience(time.monotonic)
        self._work = ThreadPoolExecutor(1, thread_name_prefix="scrypt")
        self._waiting = 0
        self._code = ""
        self.offer_code()

    @property
    def has_password(self) -> bool:
        """Say whether there is a password, as of the last look."""
        return self._mark is not None

    def look(self) -> None:
        """See whether a command has changed the password: then every session ends."""
        mark = self._file.mark()
        if mark != self._mark:
            self._changed(mark)

    def offer_code(self) -> None:
        """Log the code that the first password needs, where there is no password."""
        if self.has_password:
            self._code = ""
        elif not self._code:
            self._code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
            log.warning("no password yet; the code for setting one in the page: %s", self._code)

    def is_known(self, request: web.Request) -> bool:
        """Say whether a request is of a session."""
        self.look()
        return self.has_password and self.sessions.holds(request.cookies.get(COOKIE))

    def close(self) -> None:
        """Work on no further try."""
        self._work.shutdown(wait=False, cancel_futures=True)

    async def show(self, request: web.Request) -> web.Response:
        """Show the form that is due: the first password's, or the login's."""
        return self._form(request, "")

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """Take a password and begin a session, or say no."""
        words = Words.of(request)
        if not self.has_password:
            raise web.HTTPSeeOther(f"{up_of(request)}first")
        form = await form_of(request)
        return await self._try(
            request,
            lambda: self._file.fits(form.get("password", "")[: MOST_LENGTH + 1]),
            words("That is not the password."),
        )

    async def set_first(self, request: web.Request) -> web.StreamResponse:
        """Take the first password, from whoever knows the code in the log."""
        words, form = Words.of(request), await form_of(request)
        if self.has_password:
            raise web.HTTPSeeOther(f"{up_of(request)}login")
        password, code = form.get("password", ""), form.get("code", "").strip().lower()
        if not LEAST_LENGTH <= len(password) <= MOST_LENGTH:
            return self._form(request, words("A password has 8 to 256 characters."), 422)

        def keep() -> bool:
            offered = self._code
            if not offered or not secrets.compare_digest(code.encode(), offered.encode()):
                return False
            self._file.keep(password)
            return True

        return await self._try(request, keep, words("That is not the code in the log."))

    async def log_out(self, request: web.Request) -> web.StreamResponse:
        """End the session that asks for it."""
        self.sessions.end(request.cookies.get(COOKIE))
        response = web.HTTPSeeOther(f"{up_of(request)}login")
        response.del_cookie(COOKIE, path=self._path)
        raise response

    async def _try(
        self, request: web.Request, works: Callable[[], bool], no: str
    ) -> web.StreamResponse:
        address, words = request.remote or "", Words.of(request)
        wait_s = self._patience.wait_s(address)
        if wait_s > 0 or self._waiting >= MOST_WAITING:
            told = words("Too many wrong tries: wait {seconds} s.")
            response = self._form(request, told.format(seconds=ceil(wait_s) or 1), 429)
            response.headers["Retry-After"] = str(ceil(wait_s) or 1)
            return response
        self._patience.begin(address)
        self._waiting += 1
        try:
            running = asyncio.get_running_loop()
            is_right = await running.run_in_executor(self._work, works)
        except (Refused, OSError) as error:
            self._patience.forgive(address)
            log.error("nobody can be let in: %s", error)
            return refused(503, words("The password cannot be read or written; the log says why."))
        finally:
            self._waiting -= 1
        if not is_right:
            log.warning("a wrong password or code came from %s", address)
            return self._form(request, no, 403)
        self._patience.forgive(address)
        self.look()
        return self._let_in(request)

    def _let_in(self, request: web.Request) -> web.StreamResponse:
        response = web.HTTPSeeOther(up_of(request) or "./")
        response.set_cookie(
            COOKIE,
            self.sessions.begin(),
            path=self._path,
            max_age=int(self._lasts_s),
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
        raise response

    def _form(self, request: web.Request, problem: str, status: int = 200) -> web.Response:
        words = Words.of(request)
        label, word = words("Password"), words("Log in")
        if self.has_password:
            body = fill(_LOGIN, problem=problem, label=label, word=word, most=MOST_LENGTH)
            return page(request, word, body, is_known=False, status=status)
        return page(
            request, words("The first password"), self._first(problem, words), is_known=False,
            status=status,
        )  # fmt: skip

    def _first(self, problem: str, words: Words) -> Html:
        told = words("The code is in this program's log: journalctl -u peerwatt-page")
        return fill(
            _FIRST,
            told=told,
            problem=problem,
            code=words("Code"),
            label=words("New password"),
            least=LEAST_LENGTH,
            most=MOST_LENGTH,
            word=words("Set the password"),
        )

    def _changed(self, mark: Mark | None) -> None:
        self._mark = mark
        self.sessions.end_all()
        self._code = ""
        self.offer_code()
        log.info("the password was %s; every session has ended", "set" if mark else "taken away")
        self._on_change()


async def form_of(request: web.Request) -> dict[str, str]:
    """Give a sent form's fields, each once.

    Raises:
        HTTPException: it is no form, is too long, or does not come in time.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(
            text="a form is sent as application/x-www-form-urlencoded\n"
        )
    if (request.content_length or 0) > MOST_BODY:
        raise web.HTTPRequestEntityTooLarge(MOST_BODY, request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            fields = await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (UnicodeDecodeError, LookupError, ValueError):
        raise web.HTTPBadRequest(text="this form cannot be read\n") from None
    return {name: value for name, value in fields.items() if isinstance(value, str)}
