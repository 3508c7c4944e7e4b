"""Architecture in, explanation out: graph, shapes, receptive fields, totals, optimizers and audit."""
