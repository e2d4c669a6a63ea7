"""Flask glue: access levels, sessions, errors, forms, headers, Jinja filters, paging. The only layer below the doors that knows Flask."""
