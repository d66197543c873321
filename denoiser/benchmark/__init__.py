"""Training and inference beside stock Keras, in turns."""
