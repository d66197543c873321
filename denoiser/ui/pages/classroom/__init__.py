"""The Class page, for the teacher."""
