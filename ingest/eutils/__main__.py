"""`python -m ingest.eutils FILE... --port N`: the local E-utilities server as a command."""

from ingest.eutils.server import main

raise SystemExit(main())
