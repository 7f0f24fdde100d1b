import { createHash } from 'crypto';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'util';

export async function GET() {
  await sleep(1);
  const emitter = new EventEmitter();
  let heard = '';
  emitter.on('x', (word) => { heard = word; });
  emitter.emit('x', 'heard');
  return Response.json({
    hash: createHash('sha256').update('x').digest('hex').slice(0, 8),
    heard,
    path: path.posix.join('/a', '../b'),
    exists: fs.existsSync(path.join(process.cwd(), 'package.json')),
    promisify: typeof promisify(fs.readFile),
    buffer: Buffer.from('é').toString('base64'),
    global: globalThis === global,
  });
}
