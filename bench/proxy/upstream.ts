import {type AddressInfo, createServer, type Socket} from 'node:net';
import {EVENTS_PER_WRITE, responseBodies} from './workload.ts';

// The model that every target is put before: as cheap as it can be, so that the targets are what is measured.
const {json, events} = responseBodies();
const jsonResponse = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
);
const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const frames = events.map((event) => `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n`);
const streamWrites = Array.from({length: Math.ceil(frames.length / EVENTS_PER_WRITE)}, (_, index) => {
  const from = index * EVENTS_PER_WRITE;
  const last = from + EVENTS_PER_WRITE >= frames.length;
  const text = frames.slice(from, from + EVENTS_PER_WRITE).join('') + (last ? '0\r\n\r\n' : '');
  return Buffer.from((index === 0 ? streamHead : '') + text);
});

const server = createServer({noDelay: true}, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => {
    socket.destroy();
  });
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = requestEnd(pending); end > 0; end = requestEnd(pending)) {
      const streams = pending.subarray(0, end).includes('"stream":true');
      pending = pending.subarray(end);
      if (streams) writeStream(socket, 0);
      else socket.write(jsonResponse);
    }
  });
});

/** Length of the first request in these bytes; 0 while it is incomplete. */
function requestEnd(bytes: Buffer): number {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase();
  if (/\r\ntransfer-encoding: *chunked/.test(head)) {
    const last = bytes.indexOf('\r\n0\r\n\r\n', headEnd + 2);
    return last < 0 ? 0 : last + 7;
  }
  const end = headEnd + 4 + Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  return bytes.length < end ? 0 : end;
}

/** Back to back, but a write a turn: a real stream never arrives in one piece. */
function writeStream(socket: Socket, index: number): void {
  const bytes = streamWrites[index];
  if (bytes === undefined || socket.destroyed) return;
  socket.write(bytes);
  setImmediate(writeStream, socket, index + 1);
}

server.listen(0, '127.0.0.1', () => {
  process.send?.({port: (server.address() as AddressInfo).port}); // a TCP server that listens has one
});
process.on('disconnect', () => {
  process.exit(0);
});
