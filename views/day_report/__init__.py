"""The day report, part by part: what is read, how it is worded, how it is drawn.

`views.day_report.page` puts it together.
"""
