"""The kinds of feature that come with matcher, one file a thought; each registers itself."""

from importlib import import_module
from pkgutil import iter_modules

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")
