"""The page's address says what is seen, so that it can be sent to somebody and opened again.

What a tab shows stands in its HTML as `data-address`, written by the server; the browser copies it
into the address after each change. Parameters of the page as a whole are kept.
"""

from __future__ import annotations

import gradio as gr

# The tab in sight: the others keep theirs for when they are opened again.
KEEP_ADDRESS = """() => {
  const seen = [...document.querySelectorAll("[data-address]")].find((part) => part.offsetParent);
  if (!seen) return;
  const now = new URLSearchParams(location.search);
  const wanted = new URLSearchParams(seen.dataset.address);
  for (const name of ["lang", "__theme"]) if (now.has(name)) wanted.set(name, now.get(name));
  history.replaceState(null, "", "?" + wanted.toString().replaceAll("%2C", ","));
}"""


def query(request: gr.Request) -> dict[str, str]:
    """What stands behind the question mark; of a repeated name the last."""
    return {str(name): str(value) for name, value in dict(request.query_params).items()}
