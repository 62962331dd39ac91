"""The command line `recon`: `commands` says what a person can ask for; a module for each command does it."""
