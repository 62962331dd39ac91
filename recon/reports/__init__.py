"""The four Alipay+ reports: their layouts as data, and the one reader that walks them."""
