"""Imported last by the process from which commands are forked: what it has imported is never looked through for garbage
again, neither there nor in what is forked, where each look would copy the memory that they share.
"""

import gc

gc.collect()
gc.freeze()
