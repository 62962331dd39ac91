"""The texts of alerts, and what they are written from."""
