"""Which language a person reads: `?lang=` in the address, else the browser's first language.

The decision is made once, here, for both halves of a screen. Handlers ask `Languages` about their
request. The browser is told by `PageLanguage`, which marks the page (`<html lang>`, so that fonts
and screen readers know) and pins what gr.I18n goes by, because Gradio itself reads no address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from workbench.ui.texts import LANGUAGES, Language, Texts, load_texts

if TYPE_CHECKING:
    import gradio as gr
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

QUERY = "lang"

# The page may show pictures from this server only: a model's answer is Markdown from a stranger,
# and a picture with an outside address would tell that address what is being read here.
CONTENT_POLICY = "img-src 'self' data: blob:; media-src 'self' data: blob:; object-src 'none'"


class Languages:
    """The rule by which a request's language is found.

    `default` is what `--lang` names: it replaces the browser's wish, never the address's.
    """

    def __init__(self, default: Language | None = None) -> None:
        self.default = default

    def choose(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Language:
        """
        >>> Languages().choose({}, {"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"})
        'ko'
        >>> Languages().choose({"lang": "en"}, {"accept-language": "ko"})
        'en'
        """
        wished = query.get(QUERY)
        for language in LANGUAGES:
            if wished == language:
                return language
        return self.default or _first_language(headers.get("accept-language", ""))

    def texts(self, request: gr.Request) -> Texts:
        return load_texts(self.choose(dict(request.query_params), dict(request.headers)))


def _first_language(accept_language: str) -> Language:
    """Korean for a Korean browser or one that says nothing, English for every other."""
    first = accept_language.split(",")[0].strip().lower()
    return "ko" if first.startswith("ko") or not first else "en"


class PageLanguage:
    """ASGI middleware: the page that is sent says its language, and keeps to its own pictures."""

    def __init__(self, app: ASGIApp, languages: Languages) -> None:
        self.app, self.languages = app, languages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        language = self.languages.choose(_query(scope), _headers(scope))
        page = _Page(language, send)
        await self.app(scope, receive, page.send)


class _Page:
    """Holds an HTML response back until it is whole, then sends it marked; others pass through."""

    def __init__(self, language: Language, send: Send) -> None:
        self.language, self._send = language, send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)

    async def _send_page(self, start: Message) -> None:
        body = mark_page(self._body.decode("utf-8"), self.language).encode("utf-8")
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode("ascii")))
        headers.append((b"content-security-policy", CONTENT_POLICY.encode("ascii")))
        headers.append((b"vary", b"accept-language"))
        await self._send({**start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def mark_page(html: str, language: Language) -> str:
    """The page with its language in `<html lang>` and in what the browser reports to gr.I18n."""
    html = re.sub(r'(<html\b[^>]*?\blang=")[^"]*', rf"\g<1>{language}", html, count=1)
    pin = (
        "<script>Object.defineProperty(navigator, 'language', "
        f"{{value: '{language}', configurable: true}})</script>"
    )
    return re.sub(r"<head>", lambda head: head.group() + pin, html, count=1)


def _is_html(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in start["headers"]
    )


def _query(scope: Scope) -> dict[str, str]:
    parsed = parse_qs(scope["query_string"].decode("latin-1"))
    return {name: values[0] for name, values in parsed.items()}


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
