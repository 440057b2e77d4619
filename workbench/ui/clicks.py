"""What the mouse and the keyboard do on HTML of ours: the script of every gr.HTML that is pressed.

A part says what it means in `data-act` and `data-value`, which reach the handler in its EventData;
`data-copy` goes to the clipboard, and `data-key` names a key that presses the part. A tooltip is a popover right behind what it explains, so that no
edge of a table cuts it off.
"""

CLICKS = """
element.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) { navigator.clipboard.writeText(copy.dataset.copy); return; }
  const part = event.target.closest("[data-act]");
  if (!part || part.disabled || String(getSelection())) return;
  trigger("click", {act: part.dataset.act, value: part.dataset.value});
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !element.offsetParent) return;
  if (event.target.closest?.("input, textarea, select, [role=tab], [contenteditable]")) return;
  [...element.querySelectorAll("[data-key]")].find((part) => part.dataset.key === event.key)?.click();
});

const explain = (event, shown) => {
  const part = event.target.closest("[aria-describedby]");
  const tip = part && document.getElementById(part.getAttribute("aria-describedby"));
  if (!tip || tip.matches(":popover-open") === shown) return;
  tip.togglePopover(shown);
  if (!shown) return;
  const place = part.getBoundingClientRect(), room = innerWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(place.left, room))}px`;
  tip.style.top = `${place.bottom + 8}px`;
};
for (const name of ["mouseover", "focusin"]) element.addEventListener(name, (e) => explain(e, true));
for (const name of ["mouseout", "focusout"]) element.addEventListener(name, (e) => explain(e, false));
"""
