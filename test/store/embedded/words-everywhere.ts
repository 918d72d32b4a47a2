// A report that has a word of its own at every place that the store knows: what is searched for afterwards in all of the data folder.
import { createHash } from 'node:crypto';
import type { Store } from '../../../src/store/store.ts';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { someBytes, storeReport } from '../conformance/report-builder.ts';

/** A word for each place of a report; `of` tells reports apart. */
export const PLACES = [
  ...[
    'annotation',
    'annotationkey',
    'guid',
    'note',
    'agent',
    'plain',
    'packed',
    'filed',
    'title',
    'step',
    'message',
  ],
  ...[
    'path',
    'value',
    'publicvalue',
    'valuekey',
    'context',
    'frame',
    'fingerprint',
    'alias',
    'feedback',
    'mail',
  ],
  ...['inbox', 'role', 'delivery', 'module', 'home'],
] as const;
export type Place = (typeof PLACES)[number];

/** The word of a place. */
export function wordOf(of: string, place: Place): string {
  return `Zq${of}${place}Xw`;
}

/** Those of all places. */
export function wordsOf(of: string): readonly string[] {
  return PLACES.map((place) => wordOf(of, place));
}

/** Stores, files and tells of a report that has a word at every place. `own`: a bug of its own; `webhook`: to which a message of it waits. */
export async function keep(
  store: Store,
  of: string,
  { own = true, account = 'default', product = 'Piano', webhook = 1 } = {},
): Promise<{ crashId: string; bugId: number }> {
  const word = (place: Place) => wordOf(of, place);
  const identity = Buffer.from(`identity of ${of}`.padEnd(32).slice(0, 32)).toString('hex');
  const { crashId } = await storeReport(
    store,
    {
      account,
      product,
      receivedAt: Date.now(),
      identity,
      annotations: [
        { key: 'comments', value: `words ${word('annotation')}` },
        { key: word('annotationkey'), value: 'x' },
      ],
      notes: [word('note')],
      userAgent: word('agent'),
      installation: word('guid'),
    },
    [
      { name: 'small', data: Buffer.from(`${word('plain')} `.repeat(50)) },
      { name: 'packed', data: Buffer.concat([Buffer.from(word('packed')), someBytes(150_000)]) },
      { name: 'filed', data: Buffer.concat([Buffer.from(word('filed')), someBytes(900_000)]) },
    ],
  );
  const section = (name: string, isProtected: boolean, values: readonly [string, string][]) => ({
    name,
    protected: isProtected,
    values,
  });
  const filed = await complete(
    store,
    crashId,
    processedReport(
      [
        crash(own ? `fingerprint:${word('fingerprint')}` : 'shared', {
          signature: `crash in ${word('title')}`,
          signatureSteps: [word('step')],
          message: `it says ${word('message')}`,
          role: word('role'),
          context: word('context'),
          sections: [
            section('cgi', true, [['PATH_INFO', `/${word('path')}`]]),
            section('user', true, [['name', word('value')]]),
            section('app', false, [
              ['channel', word('publicvalue')],
              [word('valuekey'), '1'],
            ]),
          ],
          grouping: {
            aliases: [word('alias')],
            caseKey: `C${createHash('sha1').update(of).digest('hex')}`,
            home: `java:${word('home')}`,
          },
        }),
      ],
      {
        product,
        installation: word('guid'),
        missingSymbols: [{ debugFile: word('module'), debugId: `${of}1234`, codeFile: null, codeId: null }],
      },
    ),
  );
  const bugId = filed[0]?.bugId ?? 0;
  const said = { eventId: null, name: 'n', email: word('mail'), message: word('feedback'), url: '' };
  await store.intake.putFeedback(account, product, said, identity);
  store.intake.addInbox({
    ...{ at: Date.now(), protocol: 'crashpad', method: 'POST', path: '/submit', account, product },
    ...{ outcome: 'accepted_with_notes', reason: 'note', detail: word('inbox'), status: 200, bodyBytes: 1 },
    ...{ clientHash: null, crashId, headers: {} },
  });
  await store.notifications.enqueue(
    [
      {
        ...{
          channel: 'webhook',
          target: String(webhook),
          notice: 'new',
          bugId,
          payload: `{"t":"${word('delivery')}"}`,
        },
        ...{ dueAt: 8e15, onceKey: of },
      },
    ],
    [],
  );
  return { crashId, bugId };
}
