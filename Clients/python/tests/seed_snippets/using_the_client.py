from resource_coordinator import ResourceCoordinatorClient

with ResourceCoordinatorClient(host='localhost', port=50051) as client:
    success, message, request_id = client.request_gpu(
        component='ray_rllib',
        memory_mb=8000,
        priority='HIGH',
        duration_seconds=3600,
        metadata={'job_id': '12345'}
    )

    if success:
        print(f"GPU allocated: {request_id}")

        success, message = client.release_resource(request_id, 'ray_rllib')

    status = client.get_status()
    print(status)
