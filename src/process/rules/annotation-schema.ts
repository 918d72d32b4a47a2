// Annotations of general use and the processed fields that they become. Data: a product may bring a schema of its own.

/** A JSON schema whose properties name their `source_annotation`. */
export const ANNOTATION_SCHEMA = {
  type: 'object',
  properties: {
    abort_message: { type: 'string', source_annotation: 'AbortMessage' },
    app_notes: { type: 'string', source_annotation: 'Notes' },
    application_build_id: { type: 'string', source_annotation: 'ApplicationBuildID' },
    async_shutdown_timeout: { type: 'string', source_annotation: 'AsyncShutdownTimeout' },
    available_page_file: { type: 'integer', source_annotation: 'AvailablePageFile' },
    available_physical_memory: { type: 'integer', source_annotation: 'AvailablePhysicalMemory' },
    available_virtual_memory: { type: 'integer', source_annotation: 'AvailableVirtualMemory' },
    build: { type: 'string', source_annotation: 'BuildID' },
    hang: { type: 'string', source_annotation: 'Hang' },
    ipc_channel_error: { type: 'string', source_annotation: 'ipc_channel_error' },
    ipc_message_name: { type: 'string', source_annotation: 'IPCMessageName' },
    js_large_allocation_failure: { type: 'string', source_annotation: 'JSLargeAllocationFailure' },
    oom_allocation_size: { type: 'integer', source_annotation: 'OOMAllocationSize' },
    product_name: { type: 'string', source_annotation: 'ProductName' },
    release_channel: { type: 'string', source_annotation: 'ReleaseChannel' },
    startup_time: { type: 'integer', source_annotation: 'StartupTime' },
    system_memory_use_percentage: { type: 'integer', source_annotation: 'SystemMemoryUsePercentage' },
    total_page_file: { type: 'integer', source_annotation: 'TotalPageFile' },
    total_physical_memory: { type: 'integer', source_annotation: 'TotalPhysicalMemory' },
    total_virtual_memory: { type: 'integer', source_annotation: 'TotalVirtualMemory' },
    uptime_ts: { type: 'number', source_annotation: 'UptimeTS' },
    url: { type: 'string', source_annotation: 'URL' },
    user_comments: { type: 'string', source_annotation: 'Comments' },
    vendor: { type: 'string', source_annotation: 'Vendor' },
    version: { type: 'string', source_annotation: 'Version' },
  },
} as const;
