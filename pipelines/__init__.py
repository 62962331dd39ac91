"""Where everything is put together and started: definitions, the daily job, its schedule and
sensor, the command line.
"""
