"""The Train page: its form, its runs, and one run watched."""
