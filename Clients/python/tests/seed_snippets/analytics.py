from resource_coordinator import ResourceCoordinatorClient


def run_analysis():
    with ResourceCoordinatorClient() as client:
        success, msg, req_id = client.request_claude_api(
            component='analytics',
            requests_per_hour=10,
            priority='NORMAL'
        )

        if not success:
            return run_local_analysis()

        try:
            return run_claude_analysis()
        finally:
            client.release_resource(req_id, 'analytics')
