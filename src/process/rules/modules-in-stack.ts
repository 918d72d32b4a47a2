// Modules that the crashing thread went through.
import { crashingFrames, listAt, type ProcessingRule, textAt } from '../rule.ts';
import { moduleAndDebugId } from './module-text.ts';

/** Sets `modules_in_stack` to those modules, each once, sorted and joined by `;`. */
export const modulesInStackRule: ProcessingRule = {
  name: 'ModulesInStackRule',
  applies: ({ found }) => Object.hasOwn(found, 'json_dump'),
  act: ({ found }) => {
    const texts = new Map(
      listAt(found, 'json_dump.modules').map((module) => [
        textAt(module, 'filename'),
        moduleAndDebugId(module),
      ]),
    );
    const modules = crashingFrames(found).flatMap((frame) => {
      const name = textAt(frame, 'module');
      return name === null ? [] : (texts.get(name) ?? []);
    });
    if (modules.length === 0) return {};
    const sorted = [...new Set(modules)].toSorted((a, b) => (a < b ? -1 : 1));
    return { found: { modules_in_stack: sorted.join(';') } };
  },
};
