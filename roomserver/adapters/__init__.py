"""What stands behind the ports: SQL, Redis, this process's memory. Named ``technology_port.py``."""
