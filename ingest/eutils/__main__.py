"""`python -m ingest.eutils FILE...`: the local server. `python -m ingest.eutils check`: the first-contact checklist."""

import sys

if sys.argv[1:2] == ["check"]:
    from ingest.eutils.first_contact import main as check

    raise SystemExit(check(sys.argv[2:]))

from ingest.eutils.server import main

raise SystemExit(main())
