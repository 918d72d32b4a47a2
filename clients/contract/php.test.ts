// The contract of the client library for PHP.
import { contractTests } from './contract-tests.ts';

contractTests('php');
