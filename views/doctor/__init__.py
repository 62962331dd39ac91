"""`recon doctor`: checks each connected system as it is now, and says what is wrong with the configuration.

One module a system; each gives findings (`views.doctor.findings`) one after the other. Nothing is changed anywhere,
no payment is asked about, no secret is repeated. `rounds` runs them side by side, each within a time limit.
"""
