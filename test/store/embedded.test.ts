// The embedded store keeps the stores' contract.
import { storeConformance } from './conformance/suite.ts';
import { embeddedKind } from './embedded/contract-kind.ts';

storeConformance('embedded store', embeddedKind());
