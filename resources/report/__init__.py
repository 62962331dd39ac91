"""The day report, part by part: what is read, how it is worded, how it is drawn.

`resources.day_report` puts it together.
"""
