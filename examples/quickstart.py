import pandas as pd
from entrepot import Instance, asset, materialize

@asset
def orders():
    return pd.DataFrame({"item": ["tea", "silk", "tea"], "price": [4.5, 80.0, 5.0]})

@asset
def sales(orders: pd.DataFrame):
    return orders.groupby("item", as_index=False)["price"].sum()

print(materialize([orders, sales], instance=Instance.open("shop")).asset_value("sales"))
