// What a program did before it crashed, in Sentry's form.
import { type ProcessingRule, valueAt } from '../rule.ts';
import { fitsSchema } from './json-schema.ts';

/** A list of steps, each with its time. */
const BREADCRUMBS_SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    required: ['timestamp'],
    properties: {
      timestamp: { type: ['string', 'number'] },
      category: { type: ['string', 'null'] },
      message: { type: ['string', 'null'] },
      level: { type: ['string', 'null'] },
      type: { type: ['string', 'null'] },
      event_id: { type: ['string', 'null'] },
    },
  },
};

/** Decodes and checks `Breadcrumbs`; both a list and `{"values": […]}` are understood. */
export const breadcrumbsRule: ProcessingRule = {
  name: 'BreadcrumbsRule',
  applies: ({ annotations }) => Boolean(annotations['Breadcrumbs']),
  act: ({ annotations }) => {
    let decoded: unknown;
    try {
      decoded = JSON.parse(String(annotations['Breadcrumbs']));
    } catch {
      return { notes: ['Breadcrumbs: malformed: not valid json'] };
    }
    const breadcrumbs = valueAt(decoded, 'values') ?? decoded;
    if (fitsSchema(breadcrumbs, BREADCRUMBS_SCHEMA)) return { found: { breadcrumbs } };
    return { notes: ['Breadcrumbs: malformed: not a list of steps, each with a timestamp'] };
  },
};
