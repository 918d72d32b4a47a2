// Versions of Mozilla's products that say less than they should: builds of different channels send the same one.
import { type ProcessingRule, textAt } from '../../rule.ts';

/** Nightly builds of Fenix sent their date for a version, so that each was a version of its own. */
export const fenixVersionRewriteRule: ProcessingRule = {
  name: 'FenixVersionRewriteRule',
  applies: ({ found }) =>
    found['product_name'] === 'Fenix' && textAt(found, 'version')?.startsWith('Nightly ') === true,
  act: ({ found }) => ({
    found: { version: '0.0a1' },
    notes: [`Changed version from '${textAt(found, 'version')}' to 0.0a1`],
  }),
};

/** Releases with extended support send the version of the release that they began as. */
export const esrVersionRewriteRule: ProcessingRule = {
  name: 'ESRVersionRewrite',
  applies: ({ found }) => found['release_channel'] === 'esr',
  act: ({ found }) => {
    const version = textAt(found, 'version');
    if (version === null) return { notes: ['"version" missing from esr release processed_crash'] };
    return { found: { version: `${version}esr` } };
  },
};

const WITH_BETAS = new Set(['Firefox', 'Thunderbird']);
const BETA_CHANNELS = new Set(['beta', 'aurora']);

/** Betas send the version of the release that they lead to. Which beta it is only a service of Mozilla knows, which is not asked: `b0` says that it is one. */
export const betaVersionRule: ProcessingRule = {
  name: 'BetaVersionRule',
  applies: ({ found }) => {
    const product = textAt(found, 'product_name') ?? textAt(found, 'product') ?? '';
    return WITH_BETAS.has(product) && BETA_CHANNELS.has(channelOf(found));
  },
  act: ({ found }) => ({
    found: { version: `${textAt(found, 'version') ?? ''}b0` },
    notes: [
      `release channel is ${channelOf(found)} but no version data was found - added "b0" suffix to version number`,
    ],
  }),
};

function channelOf(found: Parameters<NonNullable<ProcessingRule['applies']>>[0]['found']): string {
  return textAt(found, 'release_channel')?.toLowerCase() ?? '';
}
