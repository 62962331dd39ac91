"""Every state that a run has left, complete, on an object store; a machine without a state takes it from there."""
