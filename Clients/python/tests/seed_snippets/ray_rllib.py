from resource_coordinator import ResourceCoordinatorClient


class RayRLlibTrainer:
    def __init__(self):
        self.rc_client = ResourceCoordinatorClient()
        self.gpu_request_id = None

    def acquire_resources(self):
        success, msg, req_id = self.rc_client.request_gpu(
            component='ray_rllib',
            memory_mb=20000,
            priority='HIGH'
        )
        if success:
            self.gpu_request_id = req_id
        else:
            raise RuntimeError(f"Failed to acquire GPU: {msg}")

    def release_resources(self):
        if self.gpu_request_id:
            self.rc_client.release_resource(
                self.gpu_request_id,
                'ray_rllib'
            )
