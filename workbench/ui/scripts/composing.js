// Enter confirms a Korean syllable that is still being composed. Gradio takes it for "send" and
// sends the question without its last syllable, so such a key press must not reach it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) {
    event.stopImmediatePropagation();
  }
}, true);
