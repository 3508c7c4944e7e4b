"""Where an architecture comes from: a .keras archive, JSON, a live model, a legacy .h5, the text of a summary."""
