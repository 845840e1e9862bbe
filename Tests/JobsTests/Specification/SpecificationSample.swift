/// A job in which no field has its usual value.
enum SpecificationSample {
  static let text = #"""
    {"command": ["one", "two"], "args": ["one", "two"], "entrypoint": {"any": [1, "two", null]},
    "priority": 0, "priority_class": "urgent", "queue_name": "text-of-queue_name", "dependencies":
    [{"job_id": "j", "dependency_type": "data", "condition": "c"}], "debug_mode": true, "dry_run":
    true, "metadata": {"name": "text-of-name", "namespace": "text-of-namespace", "labels": {"b":
    "1", "a": ""}, "annotations": {"b": "1", "a": ""}, "tags": ["one", "two"], "owner_id":
    "text-of-owner_id", "project_id": "text-of-project_id", "team_id": "text-of-team_id",
    "cost_center": "text-of-cost_center", "experiment_id": "text-of-experiment_id", "run_id":
    "text-of-run_id", "parent_job_id": "text-of-parent_job_id", "workflow_id":
    "text-of-workflow_id", "description": "text-of-description", "documentation_url":
    "text-of-documentation_url", "source_code_url": "text-of-source_code_url", "dataset_ids":
    ["one", "two"]}, "environment": {"docker_image": "text-of-docker_image", "docker_registry":
    "text-of-docker_registry", "docker_auth": {"any": [1, "two", null]}, "environment_variables":
    {"b": "1", "a": ""}, "secrets": [{"any": 1}], "volumes": [{"any": 1}], "working_directory":
    "text-of-working_directory", "user": "text-of-user", "group": "text-of-group"}, "resources":
    {"gpu_count": 7, "gpu_type": "text-of-gpu_type", "gpu_memory_gb": 2.5, "cpu_count": 2.5,
    "memory_gb": 2.5, "storage_gb": 2.5, "ephemeral_storage_gb": 2.5, "network_bandwidth_gbps":
    2.5, "gpu_compute_capability": "text-of-gpu_compute_capability", "interconnect_type":
    "text-of-interconnect_type", "numa_affinity": {"any": [1, "two", null]}, "exclusive_node":
    true}, "networking": {"expose_ports": [80, 443], "ingress_rules": [{"any": 1}],
    "egress_rules": [{"any": 1}], "dns_policy": "text-of-dns_policy", "hostname":
    "text-of-hostname", "subdomain": "text-of-subdomain", "service_name": "text-of-service_name"},
    "scheduling_constraints": {"max_runtime_seconds": 50, "min_runtime_seconds": 5, "deadline":
    1700000000.25, "preemptible": false, "restart_policy": "always", "max_restart_count": 7,
    "backoff_seconds": 7, "node_selector": {"b": "1", "a": ""}, "node_affinity": {"any": [1,
    "two", null]}, "pod_affinity": {"any": [1, "two", null]}, "pod_anti_affinity": {"any": [1,
    "two", null]}, "tolerations": [{"any": 1}], "preferred_time_windows": [{"start": "22:00",
    "end": "06:30"}], "blackout_windows": [{"start": 1700000000, "end": 1700000001.5}]},
    "monitoring": {"enable_monitoring": false, "enable_profiling": true, "enable_tracing": true,
    "log_level": "text-of-log_level", "log_retention_days": 7, "metrics_interval_seconds": 7,
    "custom_metrics": [{"any": 1}], "alert_rules": [{"any": 1}], "notification_channels": [{"any":
    1}], "track_gpu_utilization": false, "track_memory_usage": false, "track_network_io": false,
    "track_disk_io": false}, "checkpointing": {"enable_checkpointing": true,
    "checkpoint_interval_seconds": 7, "checkpoint_on_preemption": false, "checkpoint_on_failure":
    true, "max_checkpoints": 7, "checkpoint_storage_class": "text-of-checkpoint_storage_class",
    "checkpoint_compression": "lz4", "resume_from_checkpoint": "text-of-resume_from_checkpoint",
    "auto_resume": false, "resume_strategy": "best"}, "distributed": {"is_distributed": true,
    "world_size": 4, "rank": 3, "master_addr": "text-of-master_addr", "master_port": 7, "backend":
    "gloo", "gradient_accumulation_steps": 7, "all_reduce_algorithm":
    "text-of-all_reduce_algorithm", "elastic_training": true, "min_world_size": 2,
    "max_world_size": 8, "communication_backend": "text-of-communication_backend",
    "compression_algorithm": "text-of-compression_algorithm", "communication_debug": true},
    "security": {"run_as_user": 7, "run_as_group": 7, "fs_group": 7, "supplemental_groups": [80,
    443], "privileged": true, "allow_privilege_escalation": true, "read_only_root_filesystem":
    true, "capabilities_add": ["one", "two"], "capabilities_drop": ["one", "two"],
    "se_linux_options": {"any": [1, "two", null]}, "app_armor_profile":
    "text-of-app_armor_profile", "seccomp_profile": "text-of-seccomp_profile",
    "allow_internet_access": false, "allowed_namespaces": ["one", "two"], "blocked_ips": ["one",
    "two"]}, "federation_enabled": true, "federation_cluster_id": "text-of-federation_cluster_id",
    "multi_cluster_scheduling": true, "experimental_features": {"b": [1], "a": true},
    "feature_flags": ["one", "two"]}
    """#
}
