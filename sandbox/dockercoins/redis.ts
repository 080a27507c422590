import type { TcpApp } from '@pitlane/embedded-cluster/kubelet/app';

/** Answers each line with +PONG; the wallet has the data that DockerCoins keeps in redis. */
export const redis: TcpApp = {
  kind: 'tcp',
  ports: [6379],
  onStart: ({ log }) => log('1:M * Ready to accept connections tcp'),
  accept: (socket) => socket.on('data', () => socket.write('+PONG\r\n')),
};
