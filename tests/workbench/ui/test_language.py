"""One decision about the language, told to the handlers and to the browser alike."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from workbench.ui.language import CONTENT_POLICY, Languages, PageLanguage, mark_page
from workbench.ui.texts import Language

PAGE = '<!doctype html>\n<html\n\tlang="en"\n><head><title>금융</title></head><body></body></html>'


@pytest.mark.parametrize(
    ("query", "accepted", "default", "chosen"),
    [
        ("", "ko-KR,ko;q=0.9,en;q=0.8", None, "ko"),
        ("", "KO", None, "ko"),
        ("", "en-US,en;q=0.9,ko;q=0.8", None, "en"),
        ("", "fr-FR,ko;q=0.8", None, "en"),
        ("", "", None, "ko"),
        ("en", "ko-KR", None, "en"),
        ("ko", "en-US", None, "ko"),
        ("xx", "ko-KR", None, "ko"),
        ("", "en-US", "ko", "ko"),
        ("en", "ko-KR", "ko", "en"),
    ],
)
def test_the_address_wins_over_the_default_and_the_default_over_the_browser(
    query: str, accepted: str, default: Language | None, chosen: Language
) -> None:
    languages = Languages(default)
    assert (
        languages.choose({"lang": query} if query else {}, {"accept-language": accepted}) == chosen
    )


def test_a_page_says_its_language_to_fonts_readers_and_gradio() -> None:
    marked = mark_page(PAGE, "ko")
    assert 'lang="ko"' in marked
    assert 'lang="en"' not in marked
    assert "navigator, 'language', {value: 'ko'" in marked


@pytest.fixture
def client() -> TestClient:
    async def page(request: object) -> Response:
        return HTMLResponse(PAGE)

    async def data(request: object) -> Response:
        return JSONResponse({"html": PAGE})

    app = Starlette(
        routes=[Route("/", page), Route("/data", data)],
        middleware=[Middleware(PageLanguage, languages=Languages())],
    )
    return TestClient(app)


def test_the_page_that_is_sent_follows_the_request(client: TestClient) -> None:
    korean = client.get("/", headers={"Accept-Language": "ko"})
    english = client.get("/?lang=en", headers={"Accept-Language": "ko"})
    assert 'lang="ko"' in korean.text
    assert 'lang="en"' in english.text
    assert "금융" in korean.text


def test_the_page_may_show_pictures_of_this_server_only(client: TestClient) -> None:
    assert client.get("/").headers["content-security-policy"] == CONTENT_POLICY


def test_what_is_no_page_passes_unchanged(client: TestClient) -> None:
    reply = client.get("/data", headers={"Accept-Language": "ko"})
    assert reply.json() == {"html": PAGE}
    assert "content-security-policy" not in reply.headers
