"""The joins' tables and their stores."""
