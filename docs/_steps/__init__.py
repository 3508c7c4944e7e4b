"""What the site adds to its pages, in two steps around whatever generator makes HTML of Markdown.

1. `stage(docs)` gives the folder that the generator reads: the pages, with the notebooks as they ran, the drawings, the
   styles and the counts.
2. `finish(site)` completes the HTML that the generator wrote: formulas, drawings in the page, notebooks in the look of
   the other pages, and the typefaces, which are cut meanwhile.

`hooks.py` calls the two for MkDocs, and is all that knows it. `python -m docs._steps stage` and
`python -m docs._steps finish site` call them for a generator that has no hooks.
"""
