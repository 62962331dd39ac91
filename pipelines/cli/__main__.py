"""`python -m pipelines.cli`: the same as `recon`."""

from pipelines.cli.commands import main

main()
