// TeX in, SVG with MathML for screen readers out: [{tex, display}] as JSON on stdin, [html] as JSON on stdout.
import { text } from "node:stream/consumers";
import MathJax from "@mathjax/src";

await MathJax.init({
  loader: { load: ["input/tex", "output/svg", "a11y/assistive-mml"] },
  options: { enableAssistiveMml: true },
  svg: { fontCache: "local" },
  startup: { typeset: false },
});

const rendered = [];
for (const { tex, display } of JSON.parse(await text(process.stdin))) {
  const node = await MathJax.tex2svgPromise(tex, { display });
  const html = MathJax.startup.adaptor.outerHTML(node);
  const error = html.match(/data-mjx-error="([^"]*)"/);
  if (error) throw new Error(`${tex}: ${error[1]}`);
  rendered.push(html);
}
process.stdout.write(JSON.stringify(rendered));
