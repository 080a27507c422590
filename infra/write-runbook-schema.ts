import { writeFileSync } from 'node:fs';
import { runbookSchema } from '../functions/runbook-input.ts';

/** `npm run schema`: what runbooks may send, for their authors and for tools that check their steps. */
writeFileSync(new URL('./runbook.schema.json', import.meta.url), `${JSON.stringify(runbookSchema(), null, 2)}\n`);
