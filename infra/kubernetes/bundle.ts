import { bundleSocket } from '../bundle.ts';

/** Builds the file that the container runs. */
const { file, bytes } = await bundleSocket();
console.log(`${Math.round(bytes / 1024)} KB in ${file}`);
