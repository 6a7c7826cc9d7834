"""Ask a web server one thing: bounded in bytes and time, with a user and a password or without."""

import base64
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from urllib.parse import urlencode

WITHIN_S = 10.0
MOST_BYTES = 262_144


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow nobody elsewhere: what is asked is asked of the host that the file names."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""
        return None


def ask_web(
    url: str,
    login: tuple[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> bytes:
    """Get a page, or post a form to it; `login` goes along as basic authentication.

    Raises:
        OSError: nobody answers, the answer is a refusal, or it is far too long.
    """
    body = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(url, body)
    if login is not None:
        word = base64.b64encode(":".join(login).encode()).decode()
        request.add_header("Authorization", f"Basic {word}")
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=WITHIN_S) as answer:
            said: bytes = answer.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise OSError(f"the server refuses with status {error.code}: {error.reason}") from None
    except urllib.error.URLError as error:
        raise OSError(str(error.reason)) from None
    except HTTPException as error:
        raise OSError(f"no answer of a web server: {error!r}") from None
    if len(said) > MOST_BYTES:
        raise OSError(f"it answers more than {MOST_BYTES} bytes")
    return said
