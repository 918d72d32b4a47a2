// The contract of the client library for python.
import { contractTests } from './contract-tests.ts';

contractTests('python');
