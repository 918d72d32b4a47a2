// The embedded store keeps the stores' contract where it is encrypted at rest, too; npm test leaves that to npm run test:all.
import { thorough } from '../thorough.ts';
import { storeConformance } from './conformance/suite.ts';
import { embeddedKind } from './embedded/contract-kind.ts';

if (thorough) storeConformance('encrypted embedded store', embeddedKind({ encrypt: true }));
