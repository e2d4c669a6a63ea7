"""The pure language of the platform: errors, permissions, time, units, codes and shapes. No database, no Flask."""
