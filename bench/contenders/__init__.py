"""Ways to match one day: each module has `match(inputs: Inputs) -> int`, the number of payments that differ."""
