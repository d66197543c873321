"""Trainings on disk: one folder a run, and the folder of all runs. Nothing trains here."""
