"""The statements of a clearing day, in the order in which they run, and what they are given."""
