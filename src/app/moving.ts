// Moving out and in, put together: what `mayday export` and `mayday import` run on an open store.
import { randomBytes } from 'node:crypto';
import { submitOptions, type Surroundings } from './compose.ts';
import type { Config } from './config.ts';
import { DEFAULT_CLIENT_RULES } from '../report/client-rules.ts';
import type { Store } from '../store/store.ts';
import { LocalIntake, type LocalHome } from '../submit/local-intake.ts';
import { hashPassword } from '../reports/auth/passwords.ts';
import { checkAlertQuiet, checkCondition } from '../reports/query/alert-wish.ts';
import { checkProductRules } from '../reports/view/product-rules-view.ts';
import type { ExportTaker } from '../moving/import/import-export.ts';
import type { ReportLimits } from '../moving/import/take-report.ts';

const MEBIBYTE = 1024 * 1024;
/** A report has parts of the form, and what was joined to it later. */
const JOINED = 100;

/** What bounds a report that moves in, as it would if it came over the wire. */
export function reportLimits(config: Config): ReportLimits {
  return {
    maxAttachmentBytes: Math.max(config.MAX_UPLOAD_SIZE_MB, config.MAX_UNREAL_MB) * MEBIBYTE,
    maxAttachments: config.MAX_PARTS + JOINED,
    maxAnnotations: config.MAX_ANNOTATIONS,
    maxNameLength: config.MAX_NAME_LENGTH,
  };
}

/** The checks that people's changes on pages and in the API go through. */
export const SETTING_CHECKS: Pick<
  ExportTaker,
  'checkRules' | 'checkCondition' | 'checkQuiet' | 'lockedPassword'
> = {
  checkRules: checkProductRules,
  checkCondition,
  checkQuiet: checkAlertQuiet,
  lockedPassword: () => hashPassword(randomBytes(32).toString('base64')),
};

/** The way in for reports that other programs kept; `home`: the product that all of them go to. */
export async function openLocalIntake(
  store: Store,
  surroundings: Surroundings,
  { home, dryRun }: { readonly home: LocalHome | null; readonly dryRun: boolean },
): Promise<LocalIntake> {
  const settings = home === null ? null : await store.clientKeys.settings(home.account, home.product);
  return LocalIntake.open({
    ...submitOptions(store, surroundings),
    home,
    dryRun,
    clientRules: settings?.rules ?? DEFAULT_CLIENT_RULES,
    async makeHome() {
      if (home === null || (await store.people.getProduct(home.account, home.product)) !== null) return;
      await store.accounts.create(home.account);
      await store.people.createProductByHand(home.account, home.product);
    },
  });
}
