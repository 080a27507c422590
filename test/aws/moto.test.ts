import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../control-plane/processes.ts';
import { findPython } from '../python.ts';
import { askMoto } from './ask.ts';
import { type Moto, startMoto } from './moto.ts';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto?.stop());

test('moto answers on loopback, and forgets what it stored when it is reset', async () => {
  expect(new URL(moto.url).hostname).toBe('127.0.0.1');
  const ask = async (action: string, body: object) =>
    (await askMoto(moto, 'secretsmanager', `secretsmanager.${action}`, body)).status;
  expect(await ask('CreateSecret', { Name: 'a', SecretString: 'b' })).toBe(200);
  expect(await ask('GetSecretValue', { SecretId: 'a' })).toBe(200);
  await moto.reset();
  expect(await ask('GetSecretValue', { SecretId: 'a' })).toBe(404);
});

test('stop ends the process', async () => {
  const other = await startMoto();
  expect(isAlive(other.pid)).toBe(true);
  await other.stop();
  expect(isAlive(other.pid)).toBe(false);
});

test('a machine without Python is told what to install', async () => {
  await expect(findPython('python3-that-is-not-there')).rejects.toThrow(/python3-venv/);
});
