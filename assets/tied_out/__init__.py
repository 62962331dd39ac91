"""tied_out: the Dagster assets of this state, and the work behind them."""
