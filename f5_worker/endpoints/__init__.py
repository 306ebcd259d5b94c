"""The endpoints: `run(services, job, request)` each, one file an endpoint."""
