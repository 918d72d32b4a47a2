// The functions of a script, by the ranges that they cover, and where the identifier of each stands: the name of a frame is that of
// the function around its position, not that of the token at it, which is what was called.
import { parse, type Node } from 'acorn';

/** A function; offsets are UTF-16 units of the script, `end` exclusive. */
export interface ScriptFunction {
  readonly start: number;
  readonly end: number;
  /** Its identifier in the script; null: it has none. */
  readonly name: string | null;
  /** Where that stands. */
  readonly nameAt: number;
  /** A constructor is named by its class. */
  readonly isConstructor: boolean;
}

/** More than any real script has. */
const MAX_FUNCTIONS = 2_000_000;

interface Named {
  readonly name: string | null;
  readonly at: number;
}

const NO_NAME: Named = { name: null, at: -1 };

/** In the order of their starts; null where the script cannot be parsed. */
export function enclosingFunctions(script: string): readonly ScriptFunction[] | null {
  const root = parsed(script);
  return root === null ? null : collect(root);
}

function parsed(script: string): Node | null {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return parse(script, {
        ecmaVersion: 'latest',
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
        allowAwaitOutsideFunction: true,
        allowImportExportEverywhere: true,
        allowSuperOutsideMethod: true,
      });
    } catch {
      // Syntax of the other kind of source, newer than the parser, nested too deeply for it, or no JavaScript at all.
    }
  }
  return null;
}

/** What a node waits for: its place in the walk, and the name that it would get where it has none of its own. */
interface Visit {
  readonly node: Node;
  readonly hint: Named;
  readonly isConstructor: boolean;
}

/** A walk without recursion: minified scripts nest deeply. */
function collect(root: Node): readonly ScriptFunction[] {
  const found: ScriptFunction[] = [];
  const stack: Visit[] = [{ node: root, hint: NO_NAME, isConstructor: false }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, hint, isConstructor } = next;
    if (isFunction(node)) {
      if (found.length >= MAX_FUNCTIONS) break;
      const own = node.type === 'ArrowFunctionExpression' ? NO_NAME : identifier(field(node, 'id'));
      const { name, at } = own.name === null ? hint : own;
      found.push({ start: node.start, end: node.end, name, nameAt: at, isConstructor });
    }
    pushChildren(next, stack);
  }
  return found.toSorted((one, other) => one.start - other.start || other.end - one.end);
}

function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

/** Nodes that hold no functions, which are most of a script. */
const LEAVES: ReadonlySet<string> = new Set([
  'Identifier',
  'Literal',
  'ThisExpression',
  'TemplateElement',
  'PrivateIdentifier',
  'Super',
]);

function pushChildren({ node, hint }: Visit, stack: Visit[]): void {
  if (LEAVES.has(node.type)) return;
  const hinted = hintOf(node);
  const classNamed = isClass(node) ? classNameOf(node, hint) : null;
  const push = (key: string, child: unknown): void => {
    if (!isNode(child)) return;
    if (hinted !== null && key === hinted.field)
      stack.push({ node: child, hint: hinted.named, isConstructor: false });
    // A constructor is named by its class: the name goes down through body and method.
    else if (classNamed !== null && key === 'body')
      stack.push({ node: child, hint: classNamed, isConstructor: false });
    else if (node.type === 'ClassBody' && isConstructorMethod(child))
      stack.push({ node: child, hint, isConstructor: false });
    else if (key === 'value' && isConstructorMethod(node))
      stack.push({ node: child, hint, isConstructor: true });
    else stack.push({ node: child, hint: NO_NAME, isConstructor: false });
  };
  const fields = node as unknown as Readonly<Record<string, unknown>>;
  for (const key in fields) {
    const value = fields[key];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) for (const child of value as readonly unknown[]) push(key, child);
    else push(key, value);
  }
}

/** The field of a node whose function gets a name from it. */
function hintOf(node: Node): { readonly field: string; readonly named: Named } | null {
  switch (node.type) {
    case 'VariableDeclarator':
      return { field: 'init', named: identifier(field(node, 'id')) };
    case 'AssignmentExpression':
    case 'AssignmentPattern': {
      const left = field(node, 'left');
      const target = left?.type === 'MemberExpression' ? keyName(left, 'property') : identifier(left);
      return { field: 'right', named: target };
    }
    case 'MethodDefinition':
      return isConstructorMethod(node) ? null : { field: 'value', named: keyName(node, 'key') };
    case 'Property':
    case 'PropertyDefinition':
      return { field: 'value', named: keyName(node, 'key') };
    default:
      return null;
  }
}

function classNameOf(node: Node, hint: Named): Named {
  const own = identifier(field(node, 'id'));
  return own.name === null ? hint : own;
}

function isClass(node: Node): boolean {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

function isConstructorMethod(node: Node): boolean {
  return node.type === 'MethodDefinition' && (node as { readonly kind?: unknown }).kind === 'constructor';
}

/** The name that a key or property gives; a computed one gives none. */
function keyName(node: Node, name: string): Named {
  if ((node as { readonly computed?: unknown }).computed === true) return NO_NAME;
  return identifier(field(node, name));
}

function identifier(node: Node | null): Named {
  if (node === null) return NO_NAME;
  if (node.type === 'Identifier' || node.type === 'PrivateIdentifier') {
    const { name } = node as { readonly name?: unknown };
    if (typeof name !== 'string') return NO_NAME;
    return { name: node.type === 'PrivateIdentifier' ? `#${name}` : name, at: node.start };
  }
  if (node.type === 'Literal') {
    const { value } = node as { readonly value?: unknown };
    return typeof value === 'string' ? { name: value, at: node.start } : NO_NAME;
  }
  return NO_NAME;
}

function field(node: Node, name: string): Node | null {
  const value = (node as unknown as Readonly<Record<string, unknown>>)[name];
  return isNode(value) ? value : null;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { readonly type?: unknown }).type === 'string'
  );
}
