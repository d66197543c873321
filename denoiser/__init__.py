"""The Denoising Lab: see, train and understand a denoising autoencoder.

Importing the package loads neither TensorFlow nor Streamlit; each module says
in its first lines what it does and what it does not know.
"""

__version__ = "0.2.0"
