"""What the pages show. Only here, in `pages/` and in `app.py` is Streamlit imported."""
