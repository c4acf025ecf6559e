"""The forms that the reader knows, each described in a file of its own."""
