import { join } from 'node:path';
import { ensurePython, findPython } from '../python.ts';
import { installed } from './checker.ts';

/** A Python that has checkov and Slack's SDK, or undefined: skip. */
export function checkersPython(name: string): Promise<string | undefined> {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const install = (log: (line: string) => void) => ensurePython({ main: 'checkov', requirements, megabytes: 290 }, log);
  return installed({ name, needs: findPython, install });
}
