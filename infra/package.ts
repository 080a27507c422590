import { existsSync } from 'node:fs';
import { configPath, loadConfig } from '../pitlane/config/file.ts';
import { buildArchives, configIn, main } from './archives.ts';

/** `npm run package`: builds the archives of the functions in .serverless/, without network and credentials. */
const EXAMPLE = 'pitlane.example.yaml';

await main(async () => {
  const configured = configPath(process.env);
  const isExample = process.env.PITLANE_CONFIG === undefined && !existsSync(configured);
  if (isExample) console.log(`No ${configured}: packaging ${EXAMPLE}, for a trial only.`);
  await buildArchives(configIn(loadConfig(isExample ? EXAMPLE : configured)), console.log);
});
