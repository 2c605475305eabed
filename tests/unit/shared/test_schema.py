import subprocess
import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from shared.parts import Part
from shared.schema import head_of, history_of


@pytest.mark.parametrize("part", Part)
def test_the_head_is_the_one_that_alembic_names(part: Part):
    config = Config()
    config.set_main_option("script_location", str(history_of(part)))

    assert head_of(part) == ScriptDirectory.from_config(config).get_current_head()


def test_checking_a_schema_needs_no_alembic():
    code = "import sys, shared.schema; print('alembic' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
