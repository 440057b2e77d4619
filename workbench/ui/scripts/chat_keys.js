// The chat without a mouse: Escape stops an answer, or leaves the box that is being typed into;
// outside of one, 1 to 4 vote.
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  const seen = (id) => {
    const element = document.getElementById(id);
    return element && element.offsetParent ? element : null;
  };
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") {
    const stop = seen("stop");
    if (stop) stop.click();
    else typing?.blur();
    return;
  }
  if (typing && !["checkbox", "radio"].includes(typing.type)) return;
  const choice = { 1: "a", 2: "b", 3: "tie", 4: "both_bad" }[event.key];
  if (choice) seen(`vote-${choice}`)?.click();
});
