"""The parts of each page, a folder a page, and the layout that all share."""
