success, _, _ = client.request_gpu(
    component='critical_job',
    memory_mb=8000,
    priority='CRITICAL'
)
