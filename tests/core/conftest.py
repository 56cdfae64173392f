"""What the tests of the core have in common."""

import tests.support.properties  # noqa: F401 - being imported is what it is for
