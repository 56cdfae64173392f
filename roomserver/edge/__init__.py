"""HTTP and WebSocket: turns requests into calls of services, and refusals into answers."""
