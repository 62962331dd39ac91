"""The audit trail of one id: everything known about it, in order of time."""
