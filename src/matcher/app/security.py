"""Only the person who started the review gets in, and only from its own pages.

A one-time token in the printed address becomes a cookie that no other site can send along; every
request must name this host, and every change must come from one of our own pages.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

COOKIE = "matcher_review"
MAX_BODY = 64_000_000
"""Largest request in bytes."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class SessionGate:
    """Lets requests through that carry the session's cookie and name the right host."""

    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _used: bool = False

    async def __call__(self, request: Request, handler: Handler) -> Response:
        """Answer `request`, or refuse it."""
        response = self._refusal(request) or self._entry(request) or await handler(request)
        response.headers.update(HEADERS)
        return response

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("host", "") not in self.hosts:
            return _refuse("this address is not the review's", 421)
        if _length(request) > MAX_BODY:
            return _refuse("too much was sent", 413)
        if request.method not in ("GET", "HEAD") and not self._from_us(request):
            return _refuse("changes must come from the review's own pages", 403)
        return None

    def _from_us(self, request: Request) -> bool:
        origin = request.headers.get("origin", "")
        return origin.removeprefix("http://") in self.hosts and origin.startswith("http://")

    def _entry(self, request: Request) -> Response | None:
        """Let in by cookie, turn the one-time token into a cookie, or refuse."""
        cookie = request.cookies.get(COOKIE, "")
        if secrets.compare_digest(cookie.encode(), self._session.encode()):
            return None
        given = request.query_params.get("token", "")
        right = secrets.compare_digest(given.encode(), self.token.encode())
        if request.method != "GET" or request.url.path != "/" or not right or self._used:
            return _refuse("open the address that matcher review printed; it works once", 403)
        self._used = True
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, self._session, httponly=True, samesite="strict", path="/")
        return response


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    if request.method in ("POST", "PUT") and "content-length" not in request.headers:
        return MAX_BODY + 1
    return int(text) if text.isdigit() else MAX_BODY + 1


def _refuse(reason: str, status: int) -> Response:
    return PlainTextResponse(f"Refused: {reason}.\n", status_code=status)
