"""The file manager: two panes beside each other, each a folder of a collection."""
