import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {seated, stopProcess} from './processes.ts';
import type {Address} from './workload.ts';

/** Something between the load generator and the upstream. */
export interface Target {
  name: string;
  address: Address;
  /** The process that is measured, with its children; undefined where there is none. */
  pid: number | undefined;
  /** Processes that work for it and have to come to rest before the next target's turn. */
  helpers: readonly number[];
  readonly stop: () => Promise<void>;
}

export interface TargetOptions {
  upstreamPort: number;
  /** An empty directory of the target's own. */
  directory: string;
  pinned: boolean;
}

/** The upstream itself: the floor. */
export function startDirect({upstreamPort}: TargetOptions): Target {
  return {
    name: 'direct',
    address: {port: upstreamPort, headers: {}},
    pid: undefined,
    helpers: [],
    stop: async () => Promise.resolve(),
  };
}

/** nginx with one worker and kept-alive upstream connections; undefined, with a word why, where it cannot be had. */
export async function startNginx(options: TargetOptions, say: (line: string) => void): Promise<Target | undefined> {
  if (!hasNginx()) {
    say('nginx is missing; installing it with apt-get');
    if (process.getuid?.() === 0) spawnSync('apt-get', ['install', '-y', '-qq', 'nginx'], {stdio: 'ignore'});
    if (!hasNginx()) {
      say('nginx could not be installed: it is left out. Install it (apt-get install nginx) to compare with it.');
      return undefined;
    }
  }
  const port = await freePort();
  const {directory} = options;
  const config = join(directory, 'nginx.conf');
  await mkdir(join(directory, 'logs'));
  await writeFile(config, nginxConfig(port, options.upstreamPort, directory));
  const [command, ...args] = seated(['nginx', '-c', config, '-p', directory], 'target', options.pinned);
  const child = spawn(command, args, {stdio: ['ignore', 'ignore', 'inherit']});
  return launched('nginx', child, {port, headers: {}});
}

/** Portkey's gateway as its package starts it, without guardrails. */
export async function startPortkey(options: TargetOptions): Promise<Target> {
  const port = await freePort();
  const script = fileURLToPath(import.meta.resolve('@portkey-ai/gateway/build/start-server.js'));
  const preload = fileURLToPath(new URL('./portkey-preload.ts', import.meta.url));
  const [command, ...args] = seated(
    [process.execPath, '--import', preload, script, `--port=${port}`, '--headless'],
    'target',
    options.pinned,
  );
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost'},
  });
  return launched('portkey', child, {
    port,
    headers: {
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `http://127.0.0.1:${options.upstreamPort}/v1`,
      authorization: 'Bearer not-a-real-key',
    },
  });
}

/** The process once its port answers. @throws where it ends first. */
async function launched(name: string, child: ChildProcess, address: Address): Promise<Target> {
  const {pid} = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  while (!(await accepts(address.port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${String(child.exitCode)} before it listened`);
    await delay(50);
  }
  return {name, address, pid, helpers: [], stop: async () => stopProcess(child)};
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({port, host: '127.0.0.1'});
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A port that nobody listens on: nginx and Portkey cannot be told to choose one. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // a TCP server that listens has one
  server.close();
  await once(server, 'close');
  return port;
}

function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).status === 0;
}

function nginxConfig(port: number, upstreamPort: number, directory: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log ${directory}/logs/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n  ')}
  keepalive_requests 10000000;
  upstream model { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_buffering off;
    }
  }
}
`;
}
