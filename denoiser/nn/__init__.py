"""All that loads TensorFlow: networks, training, inference. Workers and terminals use it."""
