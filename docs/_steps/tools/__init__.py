"""What the site's tools ask of the package, in the reader's browser; the build asks the same for what stands on a page
before any script runs. Standard library and `cnnnotes` only."""
