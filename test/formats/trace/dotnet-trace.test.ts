import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDotnetTrace } from '../../../src/formats/trace/dotnet-trace.ts';

describe('a .NET trace', () => {
  const trace = parseDotnetTrace(`Unhandled exception. System.InvalidOperationException: cannot start
 ---> System.ArgumentNullException: Value cannot be null. (Parameter 'x')
   at Shop.Cart.<TotalAsync>d__5.MoveNext() in /src/Shop/Cart.cs:line 12
--- End of stack trace from previous location ---
   at Shop.List\`1.Add[T](T item)
   --- End of inner exception stack trace ---
   at Shop.Program..ctor(String[] args) in C:\\src\\Program.cs:line 3
   at System.Threading.Thread.Start()
`);

  it('has its root cause first', () => {
    assert.deepEqual(
      trace.exceptions.map(({ kind, message, link }) => [kind, message, link]),
      [
        ['System.ArgumentNullException', "Value cannot be null. (Parameter 'x')", 'cause'],
        ['System.InvalidOperationException', 'cannot start', 'thrown'],
      ],
    );
  });

  it('splits calls into namespace, class, method and place', () => {
    const frames = trace.exceptions.flatMap((exception) => exception.frames);
    assert.deepEqual(
      frames.map((frame) => [
        frame.package,
        frame.class,
        frame.function,
        frame.file,
        frame.line,
        frame.inApp,
      ]),
      [
        ['Shop.Cart', '<TotalAsync>d__5', 'MoveNext', '/src/Shop/Cart.cs', 12, null],
        ['Shop', 'List`1', 'Add[T]', null, null, null],
        ['Shop', 'Program', '.ctor', 'C:\\src\\Program.cs', 3, null],
        ['System.Threading', 'Thread', 'Start', null, null, false],
      ],
    );
  });

  it('is read where .NET Framework puts all names on one line', () => {
    const one = parseDotnetTrace(
      'System.A: outer ---> System.B: inner\r\n   at X.Y.Z()\r\n   --- End of inner exception stack trace ---\r\n   at X.Main()\r\n',
    );
    assert.deepEqual(
      one.exceptions.map(({ kind, frames }) => [kind, frames.length]),
      [
        ['System.B', 1],
        ['System.A', 1],
      ],
    );
  });

  it('is read in German', () => {
    const german = parseDotnetTrace(
      'System.Exception: kaputt\n   bei Shop.Cart.Total() in C:\\a\\Cart.cs:Zeile 7.\n   bei Shop.Main() in C:\\a\\M.cs:Zeile 8\n',
    );
    assert.deepEqual(
      german.exceptions[0]?.frames.map(({ function: name, line }) => [name, line]),
      [
        ['Total', 7],
        ['Main', 8],
      ],
    );
  });

  it('attaches the further members of an aggregate', () => {
    const aggregate = parseDotnetTrace(`System.AggregateException: several
 ---> System.IO.IOException: first
   at A.B.C()
   --- End of inner exception stack trace ---
   at A.Main()
 ---> (Inner Exception #1) System.TimeoutException: second
   at A.B.D()<---
`);
    assert.deepEqual(
      aggregate.exceptions.map(({ kind }) => kind),
      ['System.IO.IOException', 'System.AggregateException'],
    );
    assert.deepEqual(
      aggregate.exceptions[1]?.attached.map(({ kind, frames }) => [kind, frames.length]),
      [['System.TimeoutException', 1]],
    );
  });
});
