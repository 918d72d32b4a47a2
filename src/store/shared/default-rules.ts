// What a product decides about processing and bugs where nobody has decided anything.
import { NO_SOURCE } from '../../report/source/source-settings.ts';
import type { ProductRules } from '../bugs.ts';

export const DEFAULT_RULES: ProductRules = {
  reopenMode: 'not_older',
  versionScheme: 'automatic',
  versionCorrections: [],
  uninterestingPackages: [],
  groupingRules: [],
  signatureLists: { irrelevant: [], prefix: [], sentinels: [], line_numbers: [] },
  frameRules: [],
  learnedPackages: [],
  signatureMode: 'mayday',
  messages: 'public',
  userAnnotation: null,
  ticketTracker: null,
  ticketUrl: null,
  source: NO_SOURCE,
};
