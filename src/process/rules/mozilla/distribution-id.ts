// Who distributes a build of Firefox: a Linux distribution, a partner, or Mozilla itself.
import { type ProcessingRule, textAt, valueAt } from '../../rule.ts';

/** Sets `distribution_id` from the annotation, else from the telemetry environment, where null means Mozilla. */
export const distributionIdRule: ProcessingRule = {
  name: 'DistributionIdRule',
  shown: true,
  applies: ({ annotations }) => 'DistributionID' in annotations || 'TelemetryEnvironment' in annotations,
  act: ({ annotations }) => {
    const sent = annotations['DistributionID'];
    if (sent) return { found: { distribution_id: sent } };
    const told = valueAt(decoded(textAt(annotations, 'TelemetryEnvironment')), 'partner.distributionId');
    return { found: { distribution_id: told === undefined ? 'unknown' : told || 'mozilla' } };
  },
};

function decoded(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}
