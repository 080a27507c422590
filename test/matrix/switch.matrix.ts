import { matrixOf } from './matrix.ts';
import { SWITCHES } from './switches.ts';

await matrixOf(SWITCHES.bySelector, SWITCHES.widened, SWITCHES.byGate);
