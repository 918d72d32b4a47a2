// What is wrong with a query, and where: thrown inside the parser and the binder, answered by them as a value.

/** `at`: the character at which it stands, from 0. */
export interface QueryFault {
  readonly problem: string;
  readonly at: number;
}

export class QueryError extends Error {
  readonly at: number;

  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

/** What `make` gives, or the fault that it threw; every other error goes on. */
export function orFault<T>(make: () => T): T | { readonly fault: QueryFault } {
  try {
    return make();
  } catch (error) {
    if (error instanceof QueryError) return { fault: { problem: error.message, at: error.at } };
    throw error;
  }
}
