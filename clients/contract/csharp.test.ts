// The contract of the client library for C#.
import { contractTests } from './contract-tests.ts';

contractTests('csharp');
