"""`python -m pipelines.cli`: the same as `recon`."""

from pipelines.cli import main

main()
