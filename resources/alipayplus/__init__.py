"""The API of Alipay+: keys, pace, one HTTP request, and what the reply means."""
