// Chinese characters in answers are marked where they stand. The marks are ranges over the text
// (CSS custom highlights), so that not a character of an answer is touched to show them.
if (window.CSS?.highlights) {
  const HANJA = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu;
  const style = document.createElement("style");
  style.textContent = "::highlight(hanja) { background-color: rgb(250 190 60 / 35%); }";
  document.head.append(style);

  const mark = () => {
    const ranges = [];
    for (const answer of document.querySelectorAll(".conversation .bot")) {
      const walker = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const found of node.data.matchAll(HANJA)) {
          const range = new Range();
          range.setStart(node, found.index);
          range.setEnd(node, found.index + found[0].length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("hanja", new Highlight(...ranges));
  };
  let pending = 0;
  const later = () => {
    pending ||= setTimeout(() => { pending = 0; mark(); }, 200);
  };
  const inChat = (change) => change.target.parentElement?.closest(".conversation");
  new MutationObserver((changes) => {
    if (changes.some(inChat)) later();
  }).observe(document, { childList: true, characterData: true, subtree: true });
}
