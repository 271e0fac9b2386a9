"""The same daemons and clients as in tests/integration."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))

import importlib.util  # noqa: E402

_path = pathlib.Path(__file__).parents[1] / "integration" / "conftest.py"
_spec = importlib.util.spec_from_file_location("laboratory", _path)
laboratory = importlib.util.module_from_spec(_spec)
sys.modules["laboratory"] = laboratory
_spec.loader.exec_module(laboratory)

daemon = laboratory.daemon
