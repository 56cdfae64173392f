"""The server's two interfaces in a form that programs read: OpenAPI and AsyncAPI."""
