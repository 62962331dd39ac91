"""The outside world, one module a connected system."""
