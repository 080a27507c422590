import type { Container } from '../pod.ts';
import { type App, type Apps, clientOf, type HttpApp } from './app.ts';
import { commandOf, isShellImage } from './command.ts';

/** The app that runs in a container: the image's app, a shell command, or the echo app. */
export function appFor(container: Container, apps: Apps): App {
  const image = imageName(container.image ?? '');
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  const known = apps[image];
  if (known !== undefined) return known;
  if (isShellImage(image) || (container.command ?? []).length > 0) return commandOf(words) ?? echoApp;
  return echoApp;
}

/** Without tag and digest. */
export function imageName(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

/** Runs for unknown images and answers with its own name, as agnhost netexec and echo-server do. */
const echoApp: HttpApp = {
  kind: 'http',
  onStart: ({ container, log }) => log(`${container.image ?? 'app'} started`),
  answer(request, response, { pod, container, log }) {
    log(`${clientOf(request)} ${request.method} ${request.url} 200`);
    response.setHeader('content-type', 'text/plain');
    response.end(`${pod.metadata.name} ${container.image ?? ''} ${request.method} ${request.url}\n`);
  },
  errorLog: (request) => `${clientOf(request)} ${request.method} ${request.url} 500 internal error`,
};
