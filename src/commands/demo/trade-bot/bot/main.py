import os

DRY_RUN = os.environ.get("DRY_RUN", "true").lower() != "false"


def order(symbol: str, shares: int) -> str:
    if DRY_RUN:
        return f"dry run: would buy {shares} of {symbol}"
    raise SystemExit("live trading is switched off in the demo")
