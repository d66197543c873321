"""Digits: where clean ones come from, what noise and filters make of them. No networks."""
