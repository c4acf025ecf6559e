"""What is kept, and where each value came from."""
