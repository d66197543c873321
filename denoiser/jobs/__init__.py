"""What a worker does when asked to. Importing a job loads no TensorFlow, doing it may."""
