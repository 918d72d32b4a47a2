// `mayday/stackwalk`: walks the stacks of a stopped program, whatever its registers and memory come from. Works in browsers.
export {
  type CpuKind,
  DEFAULT_WALK_LIMITS,
  type MemoryRegion,
  type ModuleSymbolState,
  type StackWalker,
  type StackWalkerOptions,
  type ThreadState,
  type Trust,
  type Walk,
  type WalkFrame,
  type WalkLimits,
  type WalkModule,
  type WalkOs,
} from '../formats/stackwalk/walk.ts';
export { ByteReader } from '../base/byte-reader.ts';
export { createStackWalker } from '../formats/stackwalk/walker.ts';
