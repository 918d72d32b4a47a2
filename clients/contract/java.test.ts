// The contract of the client library for java.
import { contractTests } from './contract-tests.ts';

contractTests('java');
