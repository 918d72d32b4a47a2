// `mayday product`: what a product never stores, what it scrubs, and how long reports, dumps and protected annotations stay: shown, changed, or tried.
import { openStore } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import type { DataRules } from '../../report/privacy/data-rules.ts';
import { MAX_DATA_PREVIEWED, previewDataRules } from '../../reports/gate/seen-data-preview.ts';
import { checkDataChange } from '../../reports/view/data-change.ts';
import { checkProductChange } from '../../reports/view/product-change.ts';
import type { Product } from '../../store/people.ts';
import type { Store } from '../../store/store.ts';
import { auditCommand } from '../audit-command.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';

export const command: Command = {
  usage: `Usage: mayday product [OPTIONS] PRODUCT

Shows what a product decides about its data, as JSON, and changes what options name. It works on the data folder (CRASH_REPORTS_DIR) and
can run beside the servers, which heed a change within seconds. docs/retention.md says what the settings do.

  --account NAME          account of the product (default: default)
  --keep-days DAYS        reports go after so many days; none: until the room is needed
  --dumps MODE            all, stacks or newest
  --dump-days DAYS        with stacks: a dump goes after so many days, whatever symbols it lacked; none: it waits
  --dumps-of-bug NUMBER   with newest: so many dumps of each bug stay
  --protected-days DAYS   annotations that are not public go after so many days; none: with their report
  --never-store NAME      a name that is never stored, * for any text; again for further ones
  --store NAME            that name is stored again
  --scrub KINDS           email, card, token, ip, home, joined by commas; none
  --pattern EXPRESSION    an expression in RE2's syntax whose finds are scrubbed; again for further ones
  --drop-pattern EXPR     that expression is used no longer
  --preview NUMBER        changes nothing: says what the rules would have left out of so many of the newest reports, with examples
`,
  async run(args, io) {
    const text = { type: 'string' } as const;
    const texts = { type: 'string', multiple: true } as const;
    const { values, positionals } = readArguments(
      args,
      {
        account: text,
        'keep-days': text,
        dumps: text,
        'dump-days': text,
        'dumps-of-bug': text,
        'protected-days': text,
        'never-store': texts,
        store: texts,
        scrub: text,
        pattern: texts,
        'drop-pattern': texts,
        preview: text,
      },
      { positionals: true },
    );
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) throw new UsageError('Give one product');
    const change = (now: DataRules): Readonly<Record<string, unknown>> => ({
      ...(values.dumps !== undefined && { dumps: values.dumps }),
      ...(values['dump-days'] !== undefined && { dumpDays: numberOrNone(values['dump-days']) }),
      ...(values['dumps-of-bug'] !== undefined && { dumpsOfBug: Number(values['dumps-of-bug']) }),
      ...(values['protected-days'] !== undefined && {
        protectedDays: numberOrNone(values['protected-days']),
      }),
      ...changedList('neverStored', now.neverStored, values['never-store'], values.store),
      ...changedList('patterns', now.patterns, values.pattern, values['drop-pattern']),
      ...(values.scrub !== undefined && { scrub: values.scrub === 'none' ? [] : values.scrub.split(',') }),
    });
    const keepDays = values['keep-days'] === undefined ? undefined : numberOrNone(values['keep-days']);
    const preview = values.preview === undefined ? null : Number(values.preview);
    if (preview !== null && !(Number.isInteger(preview) && preview >= 1 && preview <= MAX_DATA_PREVIEWED))
      throw new UsageError(`--preview takes a number from 1 to ${MAX_DATA_PREVIEWED}`);
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
    try {
      const account = values.account ?? 'default';
      const product = await store.people.getProduct(account, name);
      if (product === null) {
        io.err(`There is no product ${account}/${name}.\n`);
        return 1;
      }
      const data = checkDataChange(product.dataRules, change(product.dataRules));
      const other = checkProductChange(keepDays === undefined ? {} : { keepDays });
      for (const checked of [data, other]) {
        if (checked.ok) continue;
        io.err(`${checked.fault}\n`);
        return 2;
      }
      if (!data.ok || !other.ok) return 2;
      if (preview !== null) return await tryOut(store, product, data.value, preview, io);
      const isChanged =
        keepDays !== undefined || JSON.stringify(data.value) !== JSON.stringify(product.dataRules);
      if (isChanged) {
        const { neverStored, scrub, patterns: _patterns, ...shown } = data.value;
        const detail = { ...shown, neverStored: neverStored.length, scrub: scrub.length };
        await auditCommand(store, 'product.data', { object: `product ${account}/${name}`, detail });
        await store.people.updateProduct(account, name, { ...other.change, dataRules: data.value });
      }
      const after = await store.people.getProduct(account, name);
      io.out(`${JSON.stringify({ keepDays: after?.keepDays ?? null, ...after?.dataRules }, null, 2)}\n`);
      return 0;
    } finally {
      await store.close();
    }
  },
};

function numberOrNone(text: string): number | null {
  return text === 'none' ? null : Number(text);
}

function changedList(
  field: string,
  now: readonly string[],
  added: readonly string[] = [],
  dropped: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (added.length + dropped.length === 0) return {};
  return { [field]: [...new Set([...now, ...added])].filter((entry) => !dropped.includes(entry)) };
}

/** Whoever has the data folder sees everything in it. */
async function tryOut(
  store: Store,
  { account, name }: Product,
  rules: DataRules,
  limit: number,
  io: CommandIo,
): Promise<number> {
  await auditCommand(store, 'protected.look', { object: 'reports' });
  const sight = { all: true, names: new Set<string>(), messages: true };
  const preview = await previewDataRules(store.reports, { account, product: name, rules, limit, sight });
  io.out(`${JSON.stringify(preview, null, 2)}\n`);
  return 0;
}
