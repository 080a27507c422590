import { GATES } from './gates.ts';
import { matrixOf } from './matrix.ts';

await matrixOf(GATES.off, GATES.offByTemplate);
