"""The Denoise page: what is below the live panel."""
