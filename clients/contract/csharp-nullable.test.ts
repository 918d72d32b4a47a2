// The C# library for C# 8 and later: Roslyn, which checks nullable references, has nothing to say of it, and warns those who use it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { languageNamed, missingRuntime } from './run-sample.ts';
import { roslyn } from './roslyn.ts';
import { DOTNET, ROSLYN } from './runtimes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'clients/csharp');

it('the C# library for C# 8 is what its source says', () => {
  const done = spawnSync(process.execPath, ['scripts/client-files.ts', '--check'], { cwd: ROOT });
  assert.equal(done.status, 0, done.stderr.toString());
});

const missing = missingRuntime(languageNamed('csharp')) ?? (DOTNET.missing || ROSLYN.missing);
describe('C#: nullable references', { skip: missing }, () => {
  let compile: ReturnType<typeof roslyn>;
  before(() => {
    compile = roslyn();
  });

  function program(text: string): string {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'mayday-nullable-')), 'Program.cs');
    writeFileSync(file, text);
    return file;
  }

  it('has no warning', () => {
    assert.deepEqual(compile([path.join(FOLDER, 'nullable/Mayday.cs')], ['-langversion:8']), []);
  });

  it('keeps quiet in the C# 7 form, in projects that check nullable references, too', () => {
    const file = path.join(FOLDER, 'Mayday.cs');
    assert.deepEqual(compile([file], ['-langversion:8', '-nullable:enable']), []);
    assert.deepEqual(compile([file], ['-langversion:7.3']), []);
  });

  it('takes null where it may be, and warns where it may not', () => {
    const good = program(`using System; using System.Collections.Generic;
static class Program
{
    static void Main()
    {
        string? url = null;
        Mayday.Start(new Mayday.Options { Url = url, BeforeSend = report => report.ContainsKey("x") ? null : report });
        Mayday.Report(null);
        Mayday.Report(new Exception(), new Dictionary<string, object?> { { "none", null } });
        Mayday.Breadcrumb("clicked");
        Mayday.Logged(true, "shop", "Error", "text", null);
    }
}`);
    const bad = program(`static class Program
{
    static void Main()
    {
        string? text = null;
        Mayday.Set(text, null);
        Mayday.Breadcrumb(null);
        int length = new Mayday.Options().Url.Length;
    }
}`);
    const library = path.join(FOLDER, 'nullable/Mayday.cs');
    const options = ['-langversion:8', '-nullable:enable'];
    assert.deepEqual(compile([library, good], options), []);
    assert.deepEqual(
      compile([library, bad], options).map((line) =>
        /\((\d+),\d+\): warning (CS\d+)/.exec(line)?.slice(1).join(' '),
      ),
      ['6 CS8604', '6 CS8625', '7 CS8625', '8 CS8602'],
    );
  });
});
