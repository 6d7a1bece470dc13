"""One script a revision, named by its place in line."""
