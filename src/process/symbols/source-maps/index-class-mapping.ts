// Makes the index file of a mapping of Java classes, in the indexing thread.
import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buildClassIndex, type ClassFacts } from '../../../formats/java-mapping/build-class-index.ts';
import { parseClassMappings } from '../../../formats/java-mapping/parse-class-mappings.ts';

/** Throws an `Error` with a sentence where the text holds no class. */
export async function indexClassMapping(textFile: string, indexFile: string): Promise<ClassFacts> {
  const text = await readFile(textFile, 'utf8');
  const fd = openSync(indexFile, 'w', 0o600);
  try {
    const writeWhole = (bytes: Uint8Array, position: number | null): void => {
      for (let written = 0; written < bytes.length;)
        written += writeSync(
          fd,
          bytes,
          written,
          bytes.length - written,
          position === null ? null : position + written,
        );
    };
    const { facts, header } = buildClassIndex(parseClassMappings(linesOf(text)), (bytes) =>
      writeWhole(bytes, null),
    );
    if (facts.classes === 0) throw new Error('it names no class');
    writeWhole(header, 0);
    return facts;
  } finally {
    closeSync(fd);
  }
}

function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end === -1 ? undefined : end);
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (end === -1) return;
    at = end + 1;
  }
}
