"""What operations know of sources: instances, schedules, leases, cursors, runs, file positions (schema `control`).

`sources` lists and changes instances, `leases` says who may pull one now, `progress` keeps how far it got (fenced by
the lease), `runs` keeps what each run did, `backfills` which days were read anew. Every function takes a connection, so
that the caller decides what is one transaction.
"""
