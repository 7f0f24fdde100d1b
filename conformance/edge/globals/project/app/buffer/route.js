import { Buffer as Imported } from 'node:buffer';

export const runtime = 'edge';

export function GET() {
  return Response.json({
    base64: Imported.from('hällo').toString('base64'),
    isView: Imported.from('a') instanceof Uint8Array,
    global: Buffer.from('aGk=', 'base64').toString(),
    same: Imported === Buffer,
  });
}
