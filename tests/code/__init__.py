"""The code of models as a source."""
