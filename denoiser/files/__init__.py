"""Files: written whole or not at all, and what strangers send, read within bounds."""
