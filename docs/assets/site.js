// What Material's own script leaves open, mended each time a page is shown (instant navigation swaps pages).

// Each row of code buttons appears late, and all of them under one name.
let block = 0;
const nameButtons = () => {
  for (const buttons of document.querySelectorAll(".md-code__nav:not([data-named])")) {
    buttons.dataset.named = "";
    buttons.setAttribute("aria-label", `Code block ${++block}`);
  }
};
new MutationObserver(nameButtons).observe(document.body, { childList: true, subtree: true });

document$.subscribe(() => {
  // Whatever scrolls sideways can be scrolled with the keyboard.
  const boxes = "pre > code, div.arithmatex, figure, .md-typeset__scrollwrap, .notebook-html";
  for (const box of document.querySelectorAll(boxes)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
});
