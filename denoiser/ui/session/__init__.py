"""Who visits, in which language, with what in the session and the URL. Draws almost nothing."""
