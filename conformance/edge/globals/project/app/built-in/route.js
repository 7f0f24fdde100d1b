import assert from 'node:assert';
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { format, inherits, promisify, types } from 'node:util';

export const runtime = 'edge';

export async function GET() {
  const storage = new AsyncLocalStorage();
  const stored = await storage.run('stored', async () => {
    await null;
    return storage.getStore();
  });
  const emitter = new EventEmitter();
  const heard = new Promise((resolve) => emitter.once('event', resolve));
  emitter.emit('event', 'heard');
  let refused = null;
  try {
    assert.strictEqual(1, 2);
  } catch (error) {
    refused = error.name;
  }
  return Response.json({
    stored,
    heard: await heard,
    refused,
    format: format('%s is %d', 'one', 1),
    promisified: await promisify((callback) => callback(null, 'done'))(),
    inherits: typeof inherits,
    resource: typeof AsyncResource,
    isDate: types.isDate(new Date()),
  });
}
