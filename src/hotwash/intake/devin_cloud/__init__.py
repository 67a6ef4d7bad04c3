"""Sessions out of Devin's cloud, or any server that speaks its v3 API: fetched page by page, mapped, and taken in like any other."""
