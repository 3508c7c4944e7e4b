"""One module for each format; its name is the format's."""
