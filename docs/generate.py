"""Fill the generated parts of the documentation.

They come from the code, the shipped files and the reference results. A page marks each generated
part with two comments::

    <!-- generated: commands -->
    <!-- end -->

``python -m docs.generate`` writes every part anew. ``python -m docs.generate --check`` names the
pages that are out of date, and fails if there are any. The pages are committed. So they can be
read without a build, a build of the site needs no scientific library, and a change of the interface
shows in review.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

from docs import gallery, sensitivity, verdicts
from docs.parts import api, columns, commands, crises, forecasts, joint, keys, model, reference
