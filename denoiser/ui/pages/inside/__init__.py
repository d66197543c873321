"""What is inside a model: the parts of a page."""
