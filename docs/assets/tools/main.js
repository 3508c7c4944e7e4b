// Brings a page's tool to life each time a page is shown: instant navigation shows pages without loading this again.
// A tool is an element with `data-tool="NAME"`; its module NAME.js exports `mount(element)`.

document$.subscribe(() => {
  for (const element of document.querySelectorAll("[data-tool]:not([data-live])")) {
    element.dataset.live = "";
    import(`./${element.dataset.tool}.js`).then(({ mount }) => mount(element));
  }
});
