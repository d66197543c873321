"""Models: weights and cards by name, networks as lists of layers. No TensorFlow."""
