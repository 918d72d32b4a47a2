// Facts of what an older version filed, newest reports first: made from what was made of them then.
import { factsOf } from '../shared/facts-of-crash.ts';
import { addFacts } from './add-facts.ts';
import type { Ledger } from './ledger.ts';

/** Tells at most so many reports; gives how many. */
export async function tellFacts(ledger: Ledger, limit: number): Promise<number> {
  const reports = await ledger.list('withoutFacts', limit);
  for (const { reportId, crashId, productId, receivedAt, processed } of reports) {
    const name = processed?.installation ?? null;
    const installationNumber = name === null ? null : await ledger.installationNumber(productId, name);
    for (const row of await ledger.reports.filed(reportId)) {
      if (row.seq !== null) continue;
      const crash = processed?.crashes[row.position];
      const facts =
        processed === null || crash === undefined
          ? { fields: {}, user: null, reported: [] }
          : factsOf(processed, crash);
      const { position, caseId, signature, count, day } = row;
      const filed = {
        productId,
        reportId,
        position,
        crashId,
        caseId,
        signature,
        count,
        day,
        receivedAt,
        installationNumber,
      };
      await ledger.reports.file({ ...row, seq: await addFacts(ledger, filed, facts) });
    }
  }
  return reports.length;
}
