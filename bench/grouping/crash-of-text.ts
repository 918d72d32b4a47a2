// A text, or a CrashKit payload, through the whole pipeline: what a report that holds it is called, and under which key it is filed.
import { processReport, type PipelineInput } from '../../src/process/pipeline.ts';
import { NO_RULES, productSettings, type ProductSettings } from '../../src/process/product-settings.ts';
import type { ProcessedCrash } from '../../src/report/processed-report.ts';
import { REPORT_SCHEMA, type AttachmentKind, type Protocol, type Report } from '../../src/report/report.ts';

const DEFAULTS: ProductSettings = productSettings(NO_RULES);

/** The first crash of a report whose one attachment is this text. */
export function crashOfText(text: string, product: ProductSettings = DEFAULTS): Promise<ProcessedCrash> {
  return crashOf(inputOf('crashpad', ['error.log', 'file', text]), product);
}

/** The first crash of a CrashKit payload with one occurrence. */
export function crashOfOccurrence(
  occurrence: unknown,
  product: ProductSettings = DEFAULTS,
): Promise<ProcessedCrash> {
  return crashOf(inputOf('crashkit', ['payload.json', 'payload', JSON.stringify([occurrence])]), product);
}

async function crashOf(input: PipelineInput, product: ProductSettings): Promise<ProcessedCrash> {
  const { crashes } = await processReport(input, { product, processor: 'bench', now: () => 0 });
  const [crash] = crashes;
  if (crash === undefined) throw new Error('a processed report holds at least one crash');
  return crash;
}

/** A report with one part, as the pipeline takes it. */
function inputOf(
  protocol: Protocol,
  [name, kind, content]: readonly [name: string, kind: AttachmentKind, content: string],
): PipelineInput {
  const bytes = Buffer.from(content);
  const report: Report = {
    schema: REPORT_SCHEMA,
    crashId: '00000000-0000-4000-8000-000000260314',
    protocol,
    account: 'default',
    product: 'Shop',
    version: '1.2.0',
    platform: 'Linux',
    receivedAt: Date.UTC(2026, 2, 14, 12),
    annotations: [],
    notes: [],
    payloadKind: protocol === 'crashkit' ? 'json' : 'multipart',
    encoding: 'identity',
    bodyBytes: bytes.length,
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'accept_all', action: 'accept' },
    installation: null,
    token: null,
    state: 'queued',
    attachments: [
      { name, kind, filename: null, contentType: null, size: bytes.length, sha256: '0'.repeat(64) },
    ],
  };
  return { report, parts: new Map([[name, bytes]]) };
}
