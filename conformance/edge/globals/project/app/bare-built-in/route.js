import { strictEqual } from 'assert';
import { AsyncLocalStorage } from 'async_hooks';
import { Buffer as Imported } from 'buffer';
import { EventEmitter } from 'events';
import { format } from 'util';

export const runtime = 'edge';

export function GET() {
  strictEqual(1, 1);
  return Response.json([typeof AsyncLocalStorage, Imported.from('a').toString('hex'), typeof EventEmitter, format('%s', 1)]);
}
