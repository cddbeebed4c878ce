"""Who gets in: the one who started the app on this machine, from its own pages, and nobody else.

The key lies in a file that only its owner can read. Whoever starts the app again while it runs
makes an address with it that works once, within two minutes: that is how closed browsers come back.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from matcher.catalogue.catalogue import browser_language, speaking, worded

COOKIE = "matcher_app_{port}"
"""Browsers give cookies to every port of a machine: each folder that is served has its own."""
MAX_BODY = 64_000_000
"""Largest request in bytes."""
ADDRESS_LASTS = 120
"""Seconds in which an address with its key must be opened."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Handler = Callable[[Request], Awaitable[Response]]

COMING_BACK = """<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="stylesheet" href="/static/app.css"></head><body><main class="gate card">
<h1>{head}</h1><p>{way_back}</p></main></body></html>
"""
"""What somebody without the cookie sees: nothing of any programme."""
OPEN_TO_ALL = ("/static/app.css",)


def signed_address(key: str, now: float | None = None) -> str:
    """Return what an address holds to open the app once: time, nonce and their signature."""
    stated = f"{int(time.time() if now is None else now)}.{secrets.token_urlsafe(12)}"
    return f"{stated}.{_signature(key, stated)}"


def _signature(key: str, stated: str) -> str:
    return hmac.new(key.encode(), stated.encode(), hashlib.sha256).hexdigest()


@dataclass
class SessionGate:
    """Lets requests through that carry the session's cookie and name the right host."""

    hosts: frozenset[str]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _used: dict[str, float] = field(default_factory=dict)

    async def __call__(self, request: Request, handler: Handler) -> Response:
        """Answer `request`, or refuse it."""
        response = self._refusal(request) or self._entry(request) or await handler(request)
        for name, value in HEADERS.items():  # a page of a letter has a policy of its own
            response.headers.setdefault(name, value)
        return response

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("host", "") not in self.hosts:
            return _refuse("this address is not the app's", 421)
        if request.method in ("POST", "PUT") and "content-length" not in request.headers:
            return _refuse("how much is sent is not said", 411)
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return _refuse("too much was sent: 64 MB at most", 413)
        if request.method not in ("GET", "HEAD") and not self._from_us(request):
            return _refuse("changes must come from the app's own pages", 403)
        return None

    def _from_us(self, request: Request) -> bool:
        origin = request.headers.get("origin", "")
        return origin.removeprefix("http://") in self.hosts and origin.startswith("http://")

    def _entry(self, request: Request) -> Response | None:
        """Let in by cookie, turn a signed address into a cookie, or refuse."""
        name = COOKIE.format(port=request.headers["host"].rpartition(":")[2])
        cookie = request.cookies.get(name, "")
        if secrets.compare_digest(cookie.encode(), self._session.encode()):
            return None
        if request.url.path in OPEN_TO_ALL:
            return None
        is_entry = request.method == "GET" and request.url.path == "/enter"
        if not is_entry or not self._opens(request.query_params.get("key", "")):
            return HTMLResponse(_coming_back(request), status_code=403)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(name, self._session, httponly=True, samesite="strict", path="/")
        return response

    def _opens(self, given: str) -> bool:
        """Whether what an address holds is signed, new, and used for the first time."""
        stated, _, signature = given.rpartition(".")
        when, now = stated.partition(".")[0], time.time()
        right = hmac.compare_digest(signature.encode(), _signature(self.key, stated).encode())
        if not right or not when.isdigit() or not 0 <= now - int(when) + 1 <= ADDRESS_LASTS:
            return False
        self._used = {one: at for one, at in self._used.items() if now - at <= ADDRESS_LASTS + 1}
        is_first = stated not in self._used
        self._used[stated] = now
        return is_first


def _coming_back(request: Request) -> str:
    language = browser_language(request.headers.get("accept-language", ""))
    with speaking(language):
        told = {name: worded(f"gate.{name}") for name in ("title", "head", "way_back")}
    return COMING_BACK.format(language=language, **told)


def _refuse(reason: str, status: int) -> Response:
    return PlainTextResponse(f"Refused: {reason}.\n", status_code=status)
