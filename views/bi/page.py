"""docs/BI.md and the dbt sources file, printed from the declaration of the views.

`python -m views.bi.page > docs/BI.md` and `python -m views.bi.page --dbt > docs/bi/sources.yml`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from views.bi import SCHEMA, about
from views.bi.columns import VIEWS
from views.templating import templates_in

TEMPLATES = Path(__file__).parent / "templates"


def page() -> str:
    """The page as Markdown: one table per view."""
    return _printed("BI.md")


def dbt_sources() -> str:
    """The sources file of dbt: every view, its columns and what must hold of its keys."""
    return _printed("sources.yml")


def _printed(name: str) -> str:
    template = templates_in(TEMPLATES).get_template(name)
    return template.render(schema=SCHEMA, views=VIEWS, about=about, quoted=json.dumps)


if __name__ == "__main__":
    sys.stdout.write(dbt_sources() if "--dbt" in sys.argv[1:] else page())
