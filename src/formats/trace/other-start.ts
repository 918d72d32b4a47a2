// Lines that are surely not the continuation of a message: something else begins, of any language, or the program is over.

const STARTS =
  /^(?:panic: |fatal error: |runtime: |goroutine \d|Traceback \(|Exception in thread |Process (?:finished|exited)|exit status \d|==\d+==|thread '|terminate called |Uncaught |Unhandled |FATAL |PHP |\*\*\* |\[?\d{4}[-/]\d\d[-/]\d\d[T ]|[\w.$]{1,200}(?:Exception|Error)(?::|$)|#\d{1,4} |={10,}|-{10,}|\s{1,8}at \S.{0,300}[(:]\S{0,200}:?\d|\tfrom |Caused by: |Segmentation fault|Aborted|Killed|I\/|E\/)/;

/** Whether a line begins something new. */
export function beginsOther(line: string): boolean {
  return STARTS.test(line);
}
