"""What is going on: progress, logs, the machine."""
