"""The little that the page does in the browser by itself, put into its head."""

from __future__ import annotations

from pathlib import Path

# As the `js` of an event whose inputs are a file's name and its text.
SAVE_TEXT = "(name, text) => window.krxSaveFile(name, 'text/plain', text)"

HEAD = "".join(
    f"<script>\n{path.read_text('utf-8')}</script>\n"
    for path in sorted(Path(__file__).parent.glob("*.js"))
)
