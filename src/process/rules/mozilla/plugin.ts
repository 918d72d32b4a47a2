// Crashes of plugins, which ran in processes of their own.
import type { ProcessingRule } from '../../rule.ts';

/** Sets which plugin it was; what was not sent is empty. */
export const pluginRule: ProcessingRule = {
  name: 'PluginRule',
  shown: true,
  applies: ({ annotations }) => annotations['ProcessType'] === 'plugin',
  act: ({ annotations }) => ({
    found: {
      plugin_filename: annotations['PluginFilename'] ?? '',
      plugin_name: annotations['PluginName'] ?? '',
      plugin_version: annotations['PluginVersion'] ?? '',
    },
  }),
};
