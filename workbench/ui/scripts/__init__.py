"""The little that the page does in the browser by itself, put into its head."""

from __future__ import annotations

from pathlib import Path

HEAD = "".join(
    f"<script>\n{path.read_text('utf-8')}</script>\n"
    for path in sorted(Path(__file__).parent.glob("*.js"))
)
