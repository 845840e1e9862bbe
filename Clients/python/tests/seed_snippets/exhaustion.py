from resource_coordinator import ResourceCoordinatorClient

client = ResourceCoordinatorClient()

success1, _, req1 = client.request_gpu('test1', 20000)
success2, _, req2 = client.request_gpu('test2', 5000)
