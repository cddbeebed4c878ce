"""The scan on a Dask cluster: what travels, and what runs there."""
