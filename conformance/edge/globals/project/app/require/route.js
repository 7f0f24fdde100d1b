export const runtime = 'edge';

const { EventEmitter } = require('node:events');

export function GET() {
  return Response.json([typeof EventEmitter, typeof new EventEmitter().on]);
}
