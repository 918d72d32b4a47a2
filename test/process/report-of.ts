// Reports with attachments for tests of the pipeline, without a store.
import type { PipelineInput, PipelineOptions } from '../../src/process/pipeline.ts';
import { NO_RULES, productSettings } from '../../src/process/product-settings.ts';
import { REPORT_SCHEMA, type AttachmentKind, type Report } from '../../src/report/report.ts';
import type { ProductRules } from '../../src/store/bugs.ts';
import { newReport, NOON } from '../store/conformance/report-builder.ts';

/** A part: its kind and its content. */
export type Part = readonly [kind: AttachmentKind, content: Uint8Array | string];

/** A report with these parts, and annotations from an object. */
export function reportOf(
  fields: Partial<Report>,
  parts: Readonly<Record<string, Part>> = {},
  annotations: Readonly<Record<string, string>> = {},
): PipelineInput {
  const contents = Object.entries(parts).map(([name, [kind, content]]) => ({
    name,
    kind,
    bytes: Buffer.from(content),
  }));
  const { identity: _identity, ...report } = newReport(fields);
  return {
    report: {
      ...report,
      schema: REPORT_SCHEMA,
      annotations: Object.entries(annotations).map(([key, value]) => ({ key, value })),
      attachments: contents.map(({ name, kind, bytes }) => ({
        name,
        kind,
        filename: null,
        contentType: null,
        size: bytes.length,
        sha256: '0'.repeat(64),
      })),
    },
    parts: new Map(contents.map(({ name, bytes }) => [name, bytes])),
  };
}

/** A CrashKit payload as a report. */
export function crashKitReport(payload: unknown, fields: Partial<Report> = {}): PipelineInput {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return reportOf(
    { protocol: 'crashkit', payloadKind: 'json', ...fields },
    { 'payload.json': ['payload', body] },
  );
}

/** Options with the rules of a product. */
export function optionsWith(rules: Partial<ProductRules> = {}): PipelineOptions {
  return { product: productSettings({ ...NO_RULES, ...rules }), processor: 'test', now: () => NOON };
}

/** A small occurrence of the current CrashKit API. */
export function occurrence(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    language: 'java',
    exceptions: [
      {
        name: 'IllegalState',
        message: 'no cart',
        locations: [
          { package: 'java.util', class: 'List', method: 'get', line: 3 },
          { package: 'shop', class: 'Cart', method: 'total', line: 12 },
        ],
      },
    ],
    ...fields,
  };
}
