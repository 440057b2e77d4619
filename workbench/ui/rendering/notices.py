"""Errors in the reader's language."""

from __future__ import annotations

from html import escape

from workbench.errors import ContextLengthError, InputError, StoreError, WorkbenchError
from workbench.ui.loading import EngineNotOpenError
from workbench.ui.texts import Texts


def notice(error: WorkbenchError, texts: Texts) -> str:
    """An error as one sentence in the reader's language, around the engine's own words.

    Gradio shows notices as HTML, and an error may quote what a model or a file said: it is
    escaped. The title is part of the text, because Gradio 6.31 ignores the one it is given.
    """
    title = texts("notice.store_title" if isinstance(error, StoreError) else "notice.title")
    sentence = _sentence(error, texts)
    return f"<strong>{escape(title)}</strong><br>{escape(sentence)}"


def file_notice(error: InputError, texts: Texts) -> str:
    """Why a file of the reader was not opened."""
    title = texts("keep.refused")
    return f"<strong>{escape(title)}</strong><br>{escape(str(error))}"


def _sentence(error: WorkbenchError, texts: Texts) -> str:
    match error:
        case ContextLengthError(tokens=tokens, reserved=reserved, limit=limit):
            return texts("notice.too_long", tokens=tokens, reserved=reserved, limit=limit)
        case EngineNotOpenError():
            return texts("notice.not_loaded", reason=error)
        case InputError():
            return texts("notice.refused", reason=error)
        case StoreError():
            return texts("notice.store", reason=error)
        case _:
            return texts("notice.engine", reason=error)
