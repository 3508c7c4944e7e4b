"""What only the text of a summary needs: its rows, what each could have been, and its own audit."""
