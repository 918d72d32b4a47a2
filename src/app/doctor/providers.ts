// The doctor asks the providers of sign-ins what they say of themselves.
import { Provider } from '../../reports/sign-in-provider.ts';
import type { Config } from '../config.ts';
import { providerFetch } from '../provider-fetch.ts';
import { fail, messageOf, ok, type Finding } from './check.ts';

/** One finding for each provider of OIDC_PROVIDERS. */
export function checkProviderDiscovery({ OIDC_PROVIDERS }: Config): Promise<readonly Finding[]> {
  return Promise.all(
    OIDC_PROVIDERS.map(async (settings) => {
      const provider = new Provider(settings, providerFetch({ privateHosts: settings.privateHosts }));
      try {
        await provider.configuration();
        return ok('providers', `${settings.id} answers at ${settings.issuer}`);
      } catch (error) {
        return fail(
          'providers',
          `${settings.id} at ${settings.issuer}: ${messageOf(error)}`,
          'Compare "issuer" of OIDC_PROVIDERS with what the provider says at /.well-known/openid-configuration; a private host stands in "privateHosts".',
        );
      }
    }),
  );
}
