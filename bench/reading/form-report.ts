// A text as an annotation of a form, as the pipeline takes it.
import type { PipelineInput } from '../../src/process/pipeline.ts';
import { REPORT_SCHEMA } from '../../src/report/report.ts';

/** The report of a program that sends nothing but the text. */
export function formReport(text: string): PipelineInput {
  return {
    report: {
      schema: REPORT_SCHEMA,
      crashId: '00000000-0000-4000-8000-000000260314',
      protocol: 'crashpad',
      account: 'default',
      product: 'Shop',
      version: '1.2.0',
      platform: null,
      receivedAt: Date.UTC(2026, 2, 14, 12),
      annotations: [{ key: 'log', value: `${text}\n` }],
      attachments: [],
      notes: [],
      payloadKind: 'multipart',
      encoding: 'identity',
      bodyBytes: text.length,
      userAgent: null,
      clientHash: null,
      throttle: { rule: 'accept_all', action: 'accept' },
      installation: null,
      token: null,
      state: 'queued',
    },
    parts: new Map(),
  };
}
