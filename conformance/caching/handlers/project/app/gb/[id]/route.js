import { functions } from '../../../lib/functions.js';

export function generateStaticParams() {
  return [{ id: 'built' }];
}

export async function GET(request, { params }) {
  const { id } = await params;
  return Response.json(await functions.life(`gb-${id}`, 'brief'));
}
