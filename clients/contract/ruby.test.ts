// The contract of the client library for ruby.
import { contractTests } from './contract-tests.ts';

contractTests('ruby');
