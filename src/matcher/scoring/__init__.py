"""From features to scored candidate pairs: what is allowed, how, and how good."""
