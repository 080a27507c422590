import type { TcpApp } from '@pitlane/embedded-cluster/kubelet/app';

/** Takes connections and answers each line with +PONG; what DockerCoins keeps in redis is in the wallet. */
export const redis: TcpApp = {
  kind: 'tcp',
  ports: [6379],
  onStart: ({ log }) => log('1:M * Ready to accept connections tcp'),
  accept: (socket) => socket.on('data', () => socket.write('+PONG\r\n')),
};
