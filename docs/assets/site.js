// What Material's own script leaves open, mended each time a page is shown (instant navigation swaps pages).
document$.subscribe(() => {
  // whatever scrolls sideways can be scrolled with the keyboard
  for (const box of document.querySelectorAll("pre > code, div.arithmatex, figure, .md-typeset__scrollwrap, .notebook-html"))
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;

  // each row of code buttons appears late, and all of them under one name
  let number = 0;
  const name = () =>
    document.querySelectorAll(".md-code__nav:not([data-named])").forEach((nav) => {
      nav.dataset.named = "";
      nav.setAttribute("aria-label", `Code block ${++number}`);
    });
  name();
  new MutationObserver(name).observe(document.querySelector("[data-md-component=content]") ?? document.body, { childList: true, subtree: true });
});
