"""Where heavy work happens: processes of their own, through Dask."""
