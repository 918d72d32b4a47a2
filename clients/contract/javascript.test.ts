// The contract of the client library for JavaScript (Node).
import { contractTests } from './contract-tests.ts';

contractTests('javascript');
