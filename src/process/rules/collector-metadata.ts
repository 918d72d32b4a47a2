// What the collector noted when the report arrived.
import type { ProcessingRule } from '../rule.ts';

/** Copies the collector's `metadata`. */
export const collectorMetadataRule: ProcessingRule = {
  name: 'CollectorMetadataRule',
  act: ({ annotations }) => ({ found: { collector_metadata: annotations['metadata'] ?? {} } }),
};
