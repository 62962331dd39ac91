"""Where everything is put together and started: definitions, the daily job, its schedule and
sensor, the command line.
"""

MOST_WORKERS = 16  # of several days, on the command line and in the UI
