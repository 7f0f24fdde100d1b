import { get, KEPT } from '../../../lib/get.js';

export async function generateStaticParams() {
  const [first, second] = [await get('listed', KEPT), await get('listed', KEPT)];
  const [plain, other] = [await get('listed-plain'), await get('listed-plain')];
  return [{ id: 'one' }, { id: `kept-${first === second}` }, { id: `plain-${plain === other}` }];
}

export async function GET() {
  return Response.json([await get('listed', KEPT), await get('listed-plain')]);
}
