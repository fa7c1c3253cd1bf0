"""SQL over data: one read-only statement over given inputs, its rows streamed out."""
