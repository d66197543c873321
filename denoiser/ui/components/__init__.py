"""What pages are made of: each draws one thing and knows no page."""
