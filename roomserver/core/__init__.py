"""What is true about rooms and about the protocol: no I/O, no clock, no asyncio, no logging."""
