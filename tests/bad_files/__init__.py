"""Reports that came wrong, each with its documented outcome: made from a valid file by named mutations.

python -m tests.bad_files     prints each one and "n of n as documented"
"""
