// The contract of the client library for Go, and its own handlers.
import { contractTests } from './contract-tests.ts';

contractTests('go');
