"""The sensors: late files, freshness, unresolved rows, alerts."""
