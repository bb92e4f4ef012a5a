"""Makes the type tables of column-types.md, and dbt/models/sources.yml, from the schemas.

python docs/make_warehouses.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from integration_tests.warehouses import destinations

destinations.main()
