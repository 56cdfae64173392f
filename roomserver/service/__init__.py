"""What the server does: asyncio, ports and core, and never what stands behind a port."""
