// The part of a frame's package that one team owns: `org.apache.shop` of `org.apache.shop.cart.impl`, the distribution of an installed
// module, the repository of an import path.
import type { GroupingFrame } from './stacked-crash.ts';

/** Below these stand many projects of many people, so that one more part tells whose it is. */
const SHARED_TOP =
  /^(?:(?:com|org|net|io|dev|de|fr|uk|co|me|eu|app)\.(?:apache|google|eclipse|jboss|codehaus|github|gitlab|sourceforge|springframework|amazonaws|microsoft|facebook|android|co|com)|org\.apache\.commons|com\.google\.(?:android|cloud)|github\.io)$/;
const MAX_PARTS = 4;

/** Null where a frame names no package. */
export function packageRoot(family: string, frame: GroupingFrame): string | null {
  if (family === 'python')
    return installedName(frame.file, /[\\/](?:site-packages|dist-packages)[\\/]([^\\/]+)/);
  if (family === 'javascript')
    return installedName(frame.file, /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/);
  if (family === 'ruby') return installedName(frame.file, /^.*[\\/]gems[\\/]([^\\/]+?)-\d/);
  if (family === 'rust' || family === 'native') return /^<?(\w+)::/.exec(frame.function ?? '')?.[1] ?? null;
  const { package: packageName } = frame;
  if (packageName === null || packageName === '') return null;
  if (family === 'go')
    return packageName
      .replace(/^.*\/vendor\//, '')
      .split('/')
      .slice(0, 3)
      .join('/');
  if (family === 'php') return packageName.split('\\', 1)[0] ?? null;
  if (family === 'dotnet') return packageName.split('.', 1)[0] ?? null;
  const parts = packageName.split('.');
  let count = Math.min(2, parts.length);
  while (count < Math.min(MAX_PARTS, parts.length) && SHARED_TOP.test(parts.slice(0, count).join('.')))
    count += 1;
  return parts.slice(0, count).join('.');
}

function installedName(file: string | null, pattern: RegExp): string | null {
  return file === null ? null : (pattern.exec(file.slice(-1000))?.[1]?.replace(/\.py$/, '') ?? null);
}
